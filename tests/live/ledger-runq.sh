#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: the wait for a CPU of two threads that share one is what the kernel counts (schedstat,
# 5 %), and that of a group that has used up its quota is what it did not run. A thread that never
# switches, and one that waits from before the recording to after it, are in the ledger whole.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need jq taskset

KINDS=offcpu

# spinners: of the recording of `waits N spin`, lines "on_cpu runq wall cpu delay".
spinners() {
	books_balance "$T/rec"
	jq -r --slurpfile ledger "$T/rec/ledger.json" '
		.threads[] | select(.thread == "spinner") | . as $t |
		($ledger[0].threads[] | select(.tid == $t.tid and .pid == $t.pid)) |
		[.on_cpu_ns, .runq_ns, $t.wall_ns, $t.cpu_ns, $t.delay_ns] | @tsv' "$1" >"$T/spinners"
	[ "$(wc -l <"$T/spinners")" = 2 ] || fail "the ledger has not both spinners"
}

# by_clocks WAITED TRUTH PERCENT: what the hypervisor kept of the CPUs is in no thread's CPU time.
by_clocks() {
	within "its wait for the CPU, by its clocks" "$1" "$2" \
		$(($2 * $3 / 100 + 1000000 * kept))
}

mark=$(stolen_mark)
record "$T/rec" -- "$W/waits" 3 spin
kept=$(stolen_since "$mark")
spinners "$T/record.out"
while read -r on_cpu runq wall cpu delay; do
	near "CPU time of a spinner" "$on_cpu" "$cpu" 1
	near "its wait for the CPU, by schedstat" "$runq" "$delay" 5
	by_clocks "$runq" $((wall - cpu)) 5
done <"$T/spinners"

# quota PERIOD QUOTA (us): makes a group in $group, of whichever hierarchy has the cpu controller.
quota() {
	local unified

	unified=$(cgroup2_mount)
	if [ -n "$unified" ] && grep -qw cpu "$unified/cgroup.controllers"; then
		group=$unified/hp-quota-$$
		echo +cpu >"$unified/cgroup.subtree_control"
		mkdir "$group" && echo "$2 $1" >"$group/cpu.max"
	else
		group=$(awk '$(NF - 2) == "cgroup" && $NF ~ /(^|,)cpu(,|$)/ { print $5; exit }' \
			/proc/self/mountinfo)/hp-quota-$$
		mkdir "$group" 2>/dev/null && echo "$1" >"$group/cpu.cfs_period_us" &&
			echo "$2" >"$group/cpu.cfs_quota_us"
	fi
}

group=
if quota 100000 20000; then
	cleanup rmdir "$group"
	mark=$(stolen_mark)
	record "$T/rec" -- sh -c "echo 0 >$group/cgroup.procs; exec '$W/waits' 3 spin"
	kept=$(stolen_since "$mark")
	spinners "$T/record.out"
	while read -r on_cpu runq wall cpu _; do
		near "CPU time of a spinner with a quota" "$on_cpu" "$cpu" 1
		by_clocks "$runq" $((wall - cpu)) 1
	done <"$T/spinners"
	at_least "both, percent of the time without a CPU" \
		"$(awk '{ w += $3; r += $2 } END { print int(100 * r / w) }' "$T/spinners")" 85
else
	echo "no cpu controller: no quota"
fi

has_thread() {
	grep -qx "$2" "/proc/$1/task/"*/comm
}

# alone NAME [FUNCTION]: its row in a recording that begins and ends while the part NAME is at work.
# FUNCTION is called before it and after it; what it prints then is in $T/FUNCTION.
alone() {
	background "$W/waits" 60 "$1"
	until_true 10 has_thread "$LAST" "$1" || fail "$1 does not start"
	sleep 0.3
	[ -z "${2:-}" ] || "$2" >/dev/null
	record "$T/rec" -d 1.5 -p "$LAST"
	[ -z "${2:-}" ] || "$2" >"$T/$2"
	books_balance "$T/rec"
	row=$(ledger "$T/rec" ".threads[] | select(.thread == \"$1\") | [.wall_ns, .on_cpu_ns,
		.runq_ns, .blocked_ns.sleep, .switches, .before, .ended // false] | @tsv")
	[ -n "$row" ] || fail "$1 is not in the ledger"
	read -r wall on_cpu runq sleep switches before ended <<<"$row"
	[ "$before/$ended" = true/false ] || fail "$1 was there before, and after: $row"
	near "$1: its wall time, of the recording's" "$wall" "$(summary "$T/rec" .duration_ns)" 3
	kill "$LAST"
}

alone blocked
[ "$sleep/$switches" = "$wall/0" ] || fail "it slept all the time: $row"
# Of the time that it could have run, how much did it? In percent, since the last call.
share_before="0 0"
share() {
	local now

	now=$(cat /proc/"$LAST"/task/*/schedstat | awk '{ cpu += $1; delay += $2 }
		END { printf "%.0f %.0f\n", cpu, delay }')
	echo "$now $share_before" | awk '{ cpu = $1 - $3; print 100 * cpu / (cpu + $2 - $4) }'
	share_before=$now
}

alone never share
near "never: CPU time and the wait for it" $((on_cpu + runq)) "$wall" 1
# Nothing but the kernel's guard against such threads takes it off the CPU, once a second.
[ "$switches" -le 100 ] || apart "never: $switches switches"
near "never: CPU time, percent" "$(percent "$on_cpu" "$wall")" "$(cat "$T/share")" 10
