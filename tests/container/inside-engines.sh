#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: the lines of README that run hostprof in a container do so, in the engines that are here,
# with their own seccomp filters: Docker before 23.0 with the line for it, later ones with the other;
# podman with what it needs. Where a filter refuses, record and doctor say that it is one.
# shellcheck source=engines.sh
. "$(dirname "$0")/engines.sh"
need dockerd docker podman runc

# The commands of README's section, on a line each, shorter and with the test's image.
README=$(dirname "$0")/../../README.md
sed -n '/^## In a container/,/^## /p' "$README" |
	sed -e ':more' -e '/\\$/{N;s/\\\n *//;b more' -e '}' | sed -n 's/^\$ \(docker run .*\)/\1/p' |
	sed -e 's/ -d 10 / -F 499 -d 2 -q /' -e 's/docker run/& --network none/' >"$T/lines"
[ "$(wc -l <"$T/lines")" = 2 ] || fail "README does not have two lines: $(cat "$T/lines")"
for_old=$(grep SYS_ADMIN "$T/lines")
for_new=$(grep BPF "$T/lines")
if [ -z "$for_old" ] || [ -z "$for_new" ]; then
	fail "README has other lines: $(cat "$T/lines")"
fi

root_folder "$T/root" unused
mkdir -p "$T/root/usr/bin" "$T/root/out"
cp "$HOSTPROF" "$T/root/usr/bin/hostprof"
ldd "$HOSTPROF" | grep -o '/[^ ]*' | while read -r library; do
	mkdir -p "$T/root$(dirname "$library")"
	cp -L "$library" "$T/root$library"
done
cp "$W/burn" "$T/host-burn"
background "$T/host-burn" 90

# recorded WHAT: in $T/recording are all kinds, with names of the host's and the kernel's functions.
recorded() {
	[ "$(summary "$T/recording" '[.kinds[] | select(.status != "ok")] | length')" = 0 ] ||
		fail "$1: not all kinds: $(summary "$T/recording" .kinds)"
	"$HOSTPROF" report "$T/recording" -k cpu --comm host-burn --format json -n 0 |
		jq -r '.rows[].name' >"$T/names"
	grep -qx hot_a "$T/names" || fail "$1: no names of host-burn: $(cat "$T/names")"
	"$HOSTPROF" report "$T/recording" -k offcpu --waits all --format folded |
		grep -q ';do_syscall_64_\[k\];' || fail "$1: no names of the kernel"
	rm -rf "$T/recording"
	echo "$1: recorded"
}

export DOCKER_HOST=unix://$T/docker.sock
daemon dockerd --iptables=false --bridge=none --ip-masq=false --exec-root "$T/exec" \
	-H "$DOCKER_HOST" -p "$T/docker.pid"
stop_all() {
	docker ps -aq | xargs -r docker rm -f
	stop "$DAEMON"
	remove_cgroups docker
	unmount_below "$T"
} >/dev/null 2>&1
cleanup stop_all
until_true 30 docker version || fail "dockerd does not start: $(tail -n 5 "$T/daemon.out")"
docker info 2>/dev/null | grep -q seccomp || fail "this dockerd has no seccomp filter"
tar -C "$T/root" -c . | docker import -c 'ENTRYPOINT ["/usr/bin/hostprof"]' - hostprof >/dev/null ||
	fail "docker import"
version=$(docker version --format '{{.Server.Version}}')
line=$for_new
[ "${version%%.*}" -ge 23 ] || line=$for_old
(cd "$T" && eval "$line") >"$T/last.err" 2>&1 || fail "docker $version: $line"
recorded "docker $version"

cleanup pod_remove_all
tar -C "$T/root" -c . | pod import -c 'ENTRYPOINT ["/usr/bin/hostprof"]' - \
	localhost/hostprof >"$T/last.err" 2>&1 || fail "podman import"

# podman_runs LINE
podman_runs() {
	local words=${1#docker run}

	(cd "$T" && eval "pod_run ${words/ hostprof record/ localhost\/hostprof record}") \
		>"$T/last.err" 2>&1
}

podman_runs "$for_old" || fail "podman: $for_old"
recorded "podman, by the line with CAP_SYS_ADMIN"
podman_runs "${for_new/docker run/docker run --security-opt seccomp=unconfined}" ||
	fail "podman: $for_new"
recorded "podman, by the other line and no filter"
if podman_runs "$for_new"; then
	recorded "podman, by the other line"
else
	grep -q 'the capabilities are there: a seccomp filter' "$T/last.err" ||
		fail "record does not say what is in the way"
	podman_runs "${for_new% record *} doctor --json"
	sed -n '/^{/,/^}/p' "$T/last.err" |
		jq -e '.features[] | select(.name == "bpf-load") | .status == "denied" and
			(.remedy | contains("--security-opt seccomp=unconfined"))' >"$T/names" ||
		fail "doctor does not name the filter"
	echo "podman, by the other line: refused by its filter, as record and doctor say"
fi
