#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: a recording of the whole host has every thread: those that /proc shows, kernel threads
# too, and all that the kernel says were started meanwhile, under a storm of short processes.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need jq

KINDS=offcpu

forks() {
	awk '$1 == "processes" { print $2 }' /proc/stat
}

# The threads that are there now, one id a line; not of processes that the kernel keeps from root.
threads() {
	local process

	for process in /proc/[0-9]*; do
		! readlink "$process/ns/pid" >"$T/namespace" || ls "$process/task"
	done 2>/dev/null | sort
}

for ((i = 0; i < 300; i++)); do # more threads than one page of the iterator holds
	background sleep 60
done
threads >"$T/threads.1"
outer=$(forks)
record_start "$T/rec" -d 4
inner=$(forks)
background "$W/forkbomb" 3000 1 8
sh -c 'i=0; while [ $i -lt 1000 ]; do /bin/true; i=$((i + 1)); done'
inner=$(($(forks) - inner))
wait "$RECORDER" || fail "hostprof record ended with status $?"
outer=$(($(forks) - outer))
threads >"$T/threads.2"

books_balance "$T/rec"
ledger "$T/rec" '.threads[].tid' | sort -u >"$T/threads.ledger"
# Those that lived from before to after.
comm -12 "$T/threads.1" "$T/threads.2" | comm -23 - "$T/threads.ledger" >"$T/missing"
[ ! -s "$T/missing" ] || fail "not in the ledger: $(head -n 5 "$T/missing" | tr '\n' ' ')"
for name in kthreadd ksoftirqd/0; do
	ledger "$T/rec" '.threads[] | select(.kernel) | .thread' | grep -qx "$name" ||
		fail "$name is not in the ledger, or no kernel thread"
done
new=$(ledger "$T/rec" '([.processes[].threads] | add) - ([.threads[] | select(.before)] | length)')
echo "$inner to $outer were started, the ledger has $new"
if [ "$inner" -lt 1000 ] || [ "$new" -lt "$inner" ] || [ "$new" -gt "$outer" ]; then
	fail "$inner to $outer threads were started, the ledger has $new"
fi
residual=$(ledger "$T/rec" '.host | (.residual_ns | fabs) * 1000 / .wall_ns')
within "residual, per mille of wall time" "$residual" 0 5
