#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: -p, -t, --comm and --cgroup record what they name and nothing else, cgroups with all below
# them, in cgroup2's tree and in v1's.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need jq go

cp "$W/burn" "$T/other-burn"
background "$W/burn" 60
target=$LAST
background "$T/other-burn" 60
background "$W/threads" 2 30
threads=$LAST
until_true 5 grep -q worker-2 "$T/background.out" || fail "the workload does not start"
tid=$(awk '$2 == "worker-2" { print $1 }' "$T/background.out")

# only WHAT CONDITION: there are samples, and CONDITION holds for all of them.
only() {
	samples "$T/rec/cpu.pb.gz" >"$T/tsv"
	at_least "$1: samples" "$(sum <"$T/tsv")" 50
	foreign=$(awk -F '\t' "!($2)" "$T/tsv" | head -n 3)
	[ -z "$foreign" ] || fail "$1: samples of others: $foreign"
}

record "$T/rec" -F 499 -d 1 -p "$target"
only "-p" "\$3 == $target"
[ "$(summary "$T/rec" '.target | tostring' | grep -cw "$target")" = 1 ] ||
	fail "-p: the summary does not name the target"
record "$T/rec" -F 499 -d 1 -p "$target,$threads"
only "-p of two" "\$3 == $target || \$3 == $threads"
[ "$(cut -f 3 "$T/tsv" | sort -u | wc -l)" = 2 ] || fail "-p of two: not both have samples"
record "$T/rec" -F 499 -d 1 --per-thread -t "$tid"
only "-t" "\$4 == $tid"
record "$T/rec" -F 499 -d 1 --comm other-burn
only "--comm" '$5 == "other-burn"'

mount=$(cgroup2_mount)
[ -n "$mount" ] || skip "no cgroup2 mount"
group=$mount/hp-test-$$
mkdir -p "$group/below"
cleanup rmdir "$group/below" "$group"
echo "$threads" >"$group/below/cgroup.procs"
record "$T/rec" -F 499 -d 1 --cgroup "$group"
only "--cgroup, by path" "\$3 == $threads"
record "$T/rec" -F 499 -d 1 --cgroup "hp-test-$$"
only "--cgroup, by name" "\$3 == $threads"

# Several, one of them made and filled while the recording runs; and a directory of v1's trees.
mkdir "$group-other"
cleanup rmdir "$group-other"
echo "$target" >"$group-other/cgroup.procs"
record_start "$T/rec" -F 499 --cgroup "hp-test-$$,$group-other"
mkdir "$group/late"
cleanup rmdir "$group/late"
background sh -c "echo \$\$ >'$group/late/cgroup.procs'; exec '$W/burn' 60"
late=$LAST
burns 300 "$threads" "$target" "$late"
record_stop
kill "$late"
only "--cgroup, several" "\$3 == $threads || \$3 == $target || \$3 == $late"
[ "$(cut -f 3 "$T/tsv" | sort -u | wc -l)" = 3 ] || fail "--cgroup, several: not all have samples"
[ "$(summary "$T/rec" '.target.cgroups | length')" = 2 ] || fail "the summary does not name both"

for controller in pids cpu; do
	tree=$(awk -v word=$controller '$(NF - 2) == "cgroup" && $NF ~ "(^|,)" word "(,|$)" {
		print $5; exit }' /proc/self/mountinfo)
	[ -n "$tree" ] || continue
	mkdir -p "$tree/hp-test-$$/below"
	cleanup rmdir "$tree/hp-test-$$/below" "$tree/hp-test-$$"
	back=$tree$(awk -F: -v word=$controller '$2 ~ "(^|,)" word "(,|$)" { print $3 }' \
		"/proc/$threads/cgroup")
	echo "$threads" >"$tree/hp-test-$$/below/cgroup.procs"
	KINDS=cpu,offcpu record "$T/rec" -F 499 -d 1 --cgroup "$tree/hp-test-$$"
	only "--cgroup, in v1's tree of $controller" "\$3 == $threads"
	[ "$(jq -r '[.threads[].pid] | unique | .[]' "$T/rec/ledger.json")" = "$threads" ] ||
		fail "the ledger has others than $threads"
	# With one of cgroup2: either will do.
	record "$T/rec" -F 499 -d 1 --cgroup "$tree/hp-test-$$" --cgroup "$group-other"
	only "--cgroup, v1's and cgroup2's" "\$3 == $threads || \$3 == $target"
	[ "$(cut -f 3 "$T/tsv" | sort -u | wc -l)" = 2 ] || fail "not both have samples"
	echo "$threads" >"$back/cgroup.procs"
done
for id in "$threads" "$target"; do
	echo "$id" >"$mount/cgroup.procs" || true # it may have ended
done 2>/dev/null
