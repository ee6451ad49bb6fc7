#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: a wait for a lock of the kernel's that has not ended when the recording does is in the sums
# and in the profile, for as long as the thread was blocked, by its ledger, until then.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need jq go
[ -e /sys/kernel/tracing/events/lock/contention_begin ] ||
	skip "this kernel has no contention_begin (5.19)"
cleanup rm -f "/dev/shm/hostprof-$$"

"$W/klockheld" 0 "/dev/shm/hostprof-$$" >"$T/held.out" 2>&1
[ $? != 77 ] || skip "$(cat "$T/held.out")"

open_waits() {
	local threads truth position file='/^(rwsem_|down_write).*;wait_for_file;/'

	KINDS=offcpu,lock
	record "$T/rec" -d 2 --per-thread -- "$W/klockheld" 6 "/dev/shm/hostprof-$$"
	kill -9 "$(head -n 1 "$T/record.out")" # a thread of the command, which goes on after -d
	threads=$(paste -sd, "$T/record.out")
	[ "$(tr , '\n' <<<"$threads" | wc -l)" = 2 ] || fail "the program has printed $threads"
	truth=$(ledger "$T/rec" "[.threads[] | select(.tid == ($threads)).blocked_ns.kernel] | add")
	at_least "ns blocked in the kernel" "$truth" 2000000000
	near "delay of the kernel's locks" \
		"$(jq '[.locks[] | select(.class == "kernel").delay_ns] | add' "$T/rec/locks.json")" \
		"$truth" 2
	within "locks that were waited for through the end" \
		"$(jq '[.locks[] | select(.class == "kernel" and .delay_ns > 1000000000 and
			.contentions == 1)] | length' "$T/rec/locks.json")" 2 0
	samples "$T/rec/lock.pb.gz" >"$T/tsv"
	position='/^(__)?mutex_.*;wait_for_position;/'
	at_least "ns waited for the file" "$(sum_ns "\$7 ~ $file" <"$T/tsv")" 1000000000
	at_least "ns waited for the position" "$(sum_ns "\$7 ~ $position" <"$T/tsv")" 1000000000
	[ "$(summary "$T/rec" '[.kinds.lock.lost[]] | add')" = 0 ] || fail "samples were lost"
}
undisturbed open_waits
