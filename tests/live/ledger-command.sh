#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: of a command, wall time and CPU time of all its processes are what the shell's `time`
# says (1 % and 5 ms); every one of thousands of short processes is in the ledger.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need jq gcc

KINDS=offcpu

# timed COMMAND...: records a shell that times the command. Leaves the truth in $real and $cpu (ns),
# and what the ledger has in $wall (the command's own process) and $used (all but the shell).
timed() {
	# Run by another bash.
	record "$T/rec" -- bash -c 'TIMEFORMAT="timed %3R %3U %3S"; time "$@" >/dev/null' timing "$@"
	books_balance "$T/rec"
	read -r real cpu < <(awk '$1 == "timed" { printf "%.0f %.0f\n", $2 * 1e9, ($3 + $4) * 1e9 }' \
		"$T/record.err")
	root=$(summary "$T/rec" .target.command_pid)
	used=$(ledger "$T/rec" "[.processes[] | select(.pid != $root) | .on_cpu_ns] | add")
	wall=$(ledger "$T/rec" "[.processes[] | select(.pid != $root)] | min_by(.start_ns) |
		.wall_ns / .threads | floor")
}

timed "$W/tree" 0.5
within "tree: wall time" "$wall" "$real" $((real / 100 + 5000000))
within "tree: CPU time" "$used" "$cpu" $((cpu / 100 + 5000000))
processes=$(ledger "$T/rec" '.processes | length')
[ "$processes" = 8 ] || fail "the tree has 7 processes and its shell, the ledger has $processes"

timed sleep 1
within "sleep: wall time" "$wall" "$real" $((real / 100 + 5000000))
near "sleep: asleep" "$(ledger "$T/rec" .host.blocked_ns.sleep)" 1000000000 1

# Each turn of the loop is a process; gcc starts a few of its own.
printf 'int main(void) { return 0; }\n' >"$T/empty.c"
timed sh -c 'i=0; while [ $i -lt 2000 ]; do /bin/true; i=$((i + 1)); done; gcc -o "$0.out" "$0"' \
	"$T/empty.c"
# shellcheck disable=SC2154 # read
within "storm: wall time" "$wall" "$real" $((real / 100 + 5000000))
within "storm: CPU time" "$used" "$cpu" $((cpu / 100 + 5000000))
threads=$(ledger "$T/rec" '[.processes[] | select(.comm == "true") | .threads] | add')
[ "$threads" = 2000 ] || fail "2000 times true, and the ledger has $threads"
for name in gcc cc1 as collect2 ld; do
	ledger "$T/rec" '.processes[].comm' | grep -qx "$name" || fail "$name is not in the ledger"
done

# A fork bomb: nothing but processes that start others.
timed "$W/forkbomb" 1000 1 8
within "bomb: CPU time" "$used" "$cpu" $((cpu / 100 + 5000000))
threads=$(ledger "$T/rec" '[.processes[].threads] | add')
[ "$threads" = 1002 ] || fail "1000 children, their parent and its shell: the ledger has $threads"
