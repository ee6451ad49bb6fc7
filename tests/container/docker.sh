#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: the samples of docker's containers have its names, ids and images, those of Kubernetes'
# (by the labels and cgroups that the kubelet gives) pod and namespace too; ten containers of one
# image are told apart, and their binary is read once; one in another's cgroup is told as well.
# shellcheck source=engines.sh
. "$(dirname "$0")/engines.sh"
need dockerd docker containerd runc
export DOCKER_HOST=unix://$T/docker.sock

root_folder "$T/root" spin
daemon dockerd --iptables=false --bridge=none --ip-masq=false --exec-root "$T/exec" \
	-H "$DOCKER_HOST" -p "$T/docker.pid"

remove_all() {
	docker ps -aq | xargs -r docker rm -f
} >/dev/null 2>&1

stop_all() {
	remove_cgroups kubepods
	remove_all
	stop "$DAEMON"
	remove_cgroups docker
	unmount_below "$T"
}
cleanup stop_all
until_true 30 docker version || fail "dockerd does not start: $(tail -n 5 "$T/daemon.out")"
tar -C "$T/root" -c . | docker import - hp-image:1 >/dev/null || fail "docker import"

# start NAME [OPTION...]: its id is then $ID.
start() {
	local name=$1

	shift
	ID=$(docker run -d --network none --name "$name" "$@" hp-image:1 /bin/spin 60 \
		2>"$T/last.err") || fail "docker run"
}

for i in 0 1 2 3 4 5 6 7 8 9; do
	start "hp-$i"
done
record "$T/rec" -F 499 -d 3
rows "$T/rec" container --comm spin | cut -f 3 | sort >"$T/names"
printf 'hp-%s\n' 0 1 2 3 4 5 6 7 8 9 | diff - "$T/names" ||
	fail "not the ten names, and them alone"
is_label "$T/rec" spin image hp-image:1
[ "$(label "$T/rec" spin container_id | wc -l)" = 10 ] || fail "not ten ids"
label "$T/rec" spin container_id | grep -qx "$ID" || fail "no sample has the id $ID"
mappings=$(grep -c '^[0-9]*: 0x.*/bin/spin' "$T/raw")
[ "$mappings" = 1 ] || fail "one binary in ten containers is $mappings mappings"
echo "ten containers, $mappings binary"
# reported OPTION...: the containers, of those recorded.
reported() {
	"$HOSTPROF" report "$T/rec" -k cpu --by container --format json -n 0 "$@" |
		jq -r '.rows[].name' | sort | tr '\n' ' '
}
[ "$(reported --container 'hp-[34],hp-8')" = "hp-3 hp-4 hp-8 " ] || fail "report --container LIST"
[ "$(reported --container 'hp-[34]' --container "${ID:0:12}")" = "hp-3 hp-4 hp-9 " ] ||
	fail "report --container twice"

record "$T/rec" -F 499 -d 1 --container "${ID:0:12}"
[ "$(rows "$T/rec" container | cut -f 3)" = hp-9 ] || fail "--container ${ID:0:12}"
record "$T/rec" -F 499 -d 1 --container 'hp-[12],hp-7'
[ "$(rows "$T/rec" container | cut -f 3 | sort | tr '\n' ' ')" = "hp-1 hp-2 hp-7 " ] ||
	fail "--container 'hp-[12],hp-7': $(rows "$T/rec" container)"
remove_all

# One that may use a fifth of a CPU, and so much memory: the ledger has its sums, for how long its
# quota was used up, and its limit.
start hp-quota --cpus 0.2 --memory 64m
KINDS=offcpu,growth record "$T/rec" -d 3
jq -r '.containers[] | select(.container == "hp-quota") |
	[.throttled_ns, .runq_ns, .wall_ns, .on_cpu_ns] | @tsv' "$T/rec/ledger.json" >"$T/quota"
read -r throttled runq wall on_cpu <"$T/quota" || fail "the ledger has no container hp-quota"
near "percent of its wall time, throttled" $((100 * throttled / wall)) 80 15
near "percent of it in the run queue" $((100 * runq / wall)) 80 10
near "percent of it on a CPU" $((100 * on_cpu / wall)) 20 20
for name in "${ID:0:12}" 'hp-q*'; do
	"$HOSTPROF" report "$T/rec" -k ledger --by process --container "$name" >"$T/report.txt" ||
		fail "report -k ledger --container $name"
	grep -q 'spin (' "$T/report.txt" || fail "--container $name: $(cat "$T/report.txt")"
	! grep -q 'dockerd' "$T/report.txt" || fail "--container $name has others"
done
limit=$(jq '.containers[] | select(.container == "hp-quota") | .memory_limit_bytes' \
	"$T/rec/ledger.json")
used=$(jq '.containers[] | select(.container == "hp-quota") | .memory_after_bytes' \
	"$T/rec/ledger.json")
[ "$limit" = $((64 << 20)) ] || fail "the memory limit of hp-quota is $limit"
at_least "bytes in use of hp-quota" "$used" 4096
grep -q 'container hp-quota: [0-9.]* of at most 64.0 MiB' <(tr -s '\n ' ' ' <"$T/record.out") ||
	fail "no limit beside growth: $(cat "$T/record.out")"
remove_all

# As the kubelet has it. With the daemon's labels, the names need nobody else.
record_start "$T/rec" -F 499 --namespace shop --pod 'cart-*'
uid=12345678-90ab-cdef-1234-567890abcdef
for pod in cart-0 mail-0; do
	start "k8s_app_$pod" --cgroup-parent "/kubepods/burstable/pod$uid" \
		--label io.kubernetes.container.name=app --label io.kubernetes.pod.name=$pod \
		--label io.kubernetes.pod.namespace=shop
done
burns 500 "$(docker inspect -f '{{.State.Pid}}' k8s_app_cart-0)"
record_stop
is_label "$T/rec" spin pod cart-0
is_label "$T/rec" spin namespace shop
is_label "$T/rec" spin container app
[ "$(rows "$T/rec" process | grep -vc 'runc')" = 1 ] || fail "--pod: $(rows "$T/rec" process)"

# One that lives below another's cgroup, and that docker knows: it counts for itself.
outer=$(docker inspect -f '{{.Id}}' k8s_app_mail-0)
start hp-inner --cgroup-parent "/kubepods/burstable/pod$uid/$outer"
record "$T/rec" -F 499 -d 1
rows "$T/rec" container --comm spin | cut -f 3 | grep -qx hp-inner || fail "hp-inner is not told"
# A cgroup that a container could make, which bears another's id: it stays that container's.
liar=$(docker inspect -f '{{.State.Pid}}' k8s_app_mail-0)
for tree in $(cgroup_trees); do
	lie=$tree/kubepods/burstable/pod$uid/$outer/docker/$ID
	mkdir -p "$lie" && echo "$liar" >"$lie/cgroup.procs"
done 2>/dev/null
grep -q "0::/.*/$outer/docker/$ID\$" "/proc/$liar/cgroup" || fail "it is not in the other cgroup"
docker stop -t 0 hp-inner >/dev/null
record "$T/rec" -F 499 -d 1 -p "$liar"
is_label "$T/rec" spin pod mail-0
