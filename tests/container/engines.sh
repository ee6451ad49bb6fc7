# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# For the scripts of tests/container: source it first, with the kind of cgroup tree as the argument:
# what hosts have nowadays ("v2"), what some still have ("v1"), or what this one has ("host").
#
# The script runs again in mount namespace of its own, where the engines' folders are empty: its
# engines and hostprof see a fresh host, and nothing of it is left.
if [ -z "${HP_FRESH_HOST:-}" ]; then
	[ "$(id -u)" = 0 ] || { echo "needs root"; exit 77; }
	export HP_FRESH_HOST=1
	exec unshare -m --propagation private "$0" "$@"
fi
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
need_root
need jq go

SPIN=$BUILD/tests/container/spin
[ -x "$SPIN" ] || fail "$SPIN is not built"

for folder in /var/lib/docker /var/lib/containers /var/lib/lxc /run/containers /run/containerd \
	/run/docker /run/runc /run/crun /run/libpod /etc/docker /etc/containerd; do
	mkdir -p "$folder"
	mount -t tmpfs -o mode=755 hp-test "$folder" || fail "cannot mount on $folder"
done

# cgroup_tree v2|v1|host
cgroup_tree() {
	local unified

	case $1 in
	v2)
		umount -R /sys/fs/cgroup || fail "cannot unmount /sys/fs/cgroup"
		mount -t cgroup2 none /sys/fs/cgroup || fail "cannot mount cgroup2 alone"
		;;
	v1)
		unified=$(cgroup2_mount)
		[ "$unified" != /sys/fs/cgroup ] || skip "this host has no cgroup v1"
		[ -z "$unified" ] || umount "$unified" || fail "cannot unmount cgroup2"
		;;
	esac
}

# The mount points of all cgroup trees.
cgroup_trees() {
	sed -n 's/^[^ ]* \([^ ]*\) cgroup2\{0,1\} .*/\1/p' /proc/mounts
}

# remove_cgroups NAME: a cgroup and those below it, in all trees; the processes in them are killed.
remove_cgroups() {
	local tree

	for tree in $(cgroup_trees); do
		[ -d "$tree/$1" ] || continue
		find "$tree/$1" -name cgroup.procs -exec cat {} + >"$T/processes"
		xargs -r kill -9 <"$T/processes"
		until_true 5 eval "! find '$tree/$1' -name cgroup.procs -exec cat {} + | grep -q ."
		find "$tree/$1" -depth -type d -exec rmdir {} \;
	done 2>/dev/null
}

# daemon COMMAND...: its process is then $DAEMON. Not a child of ours, which lib.sh would kill and
# wait for before its containers are removed.
daemon() {
	(
		"$@" >"$T/daemon.out" 2>&1 </dev/null &
		echo $! >"$T/daemon.pid"
	)
	# shellcheck disable=SC2034 # for the tests
	DAEMON=$(cat "$T/daemon.pid")
}

# stop PROCESS: asks it to end, and waits for that.
stop() {
	kill "$1" 2>/dev/null
	until_true 10 eval "! kill -0 $1" || kill -9 "$1"
}

# unmount_below DIR: what an engine has left mounted there.
unmount_below() {
	awk -v top="${1%/}/" 'index($5, top) == 1 { print $5 }' /proc/self/mountinfo |
		xargs -r umount -l
}

# pod ARGUMENT...: podman. Its default limits are above what may be set in some places: pod_run.
pod() {
	podman --runtime runc --cgroup-manager cgroupfs "$@"
}

pod_run() {
	pod run --ulimit nofile=4096:4096 --ulimit nproc=4096:4096 "$@"
}

# pod_remove_all: for cleanup, before the first of pod's containers.
pod_remove_all() {
	pod rm -af
	remove_cgroups libpod_parent
	unmount_below /var/lib/containers
} >/dev/null 2>&1

# root_folder DIR NAME...: a container's root with `spin` under these names, all one file.
root_folder() {
	local root=$1 first=$2 name

	shift 2
	mkdir -p "$root/bin" "$root/proc" "$root/sys" "$root/dev" "$root/etc" "$root/tmp"
	cp "$SPIN" "$root/bin/$first"
	for name in "$@"; do
		ln "$root/bin/$first" "$root/bin/$name"
	done
}

# all_in COMM CONTAINER MINIMUM [DIR]: all samples of the processes COMM, MINIMUM ms at least, have
# the label of the container, and no other sample has it but those of the runtime that starts it.
all_in() {
	local dir=${4:-$T/rec} of_comm of_name

	of_comm=$(rows "$dir" container --comm "$1") || exit 1
	[ "$(cut -f 3 <<<"$of_comm")" = "$2" ] ||
		fail "$1: not all samples are of $2: $(tr '\n\t' '; ' <<<"$of_comm")"
	of_name=$(rows "$dir" process --container "$2") || exit 1
	[ "$(grep -vc '\brunc\b' <<<"$of_name")" = 1 ] ||
		fail "$2: not all samples are of $1: $(tr '\n\t' '; ' <<<"$of_name")"
	at_least "$1 in $2: ms" $(($(cut -f 1 <<<"$of_comm") / 1000000)) "$3"
}

# label DIR COMM KEY: the values of a label of all samples of the processes COMM, one a line.
label() {
	go_pprof -raw "$1/cpu.pb.gz" >"$T/raw" || fail "go tool pprof: $(cat "$T/pprof.err")"
	awk -v comm="comm:[$2]" -v key="$3:" '
		index($0, comm) { found = 1 }
		/^ *[a-z_]+:\[/ {
			line = $0
			if (index(line, comm) && match(line, "(^| )" key "\\[[^]]*\\]")) {
				text = substr(line, RSTART, RLENGTH)
				sub(/^ *[a-z_]*:\[/, "", text)
				sub(/\]$/, "", text)
				print text
			}
		}' "$T/raw" | sort -u
}

# is_label DIR COMM KEY VALUE
is_label() {
	local found

	found=$(label "$1" "$2" "$3")
	[ "$found" = "$4" ] || fail "label $3 of $2 is \"$found\", expected \"$4\""
	echo "$2: $3 $4"
}

# cgroup_ms PATH: the CPU time that the kernel has charged to a cgroup.
cgroup_ms() {
	local unified

	unified=$(cgroup2_mount)
	if [ -n "$unified" ]; then
		awk '$1 == "usage_usec" { printf "%.0f\n", $2 / 1000 }' "$unified$1/cpu.stat"
	else
		awk '{ printf "%.0f\n", $1 / 1000000 }' "/sys/fs/cgroup/cpuacct$1/cpuacct.usage"
	fi
}

# container_ms DIR NAME: the CPU time recorded of a container.
container_ms() {
	rows "$1" container --container "$2" | awk -F '\t' '{ n += $1 } END { printf "%.0f\n", n / 1e6 }'
}
