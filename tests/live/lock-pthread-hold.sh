#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: with --lock=pthread the time that locks are held is right within 3 %: of a mutex, a
# rwlock and a spin lock, alone and by many threads that wait for each other; that it stands at the
# functions that took them; and that a condition's mutex, locks that are unlocked by other threads,
# left by longjmp, used by a child, or held by a thread when it ends, are neither lost nor invented;
# and that a process that runs already is probed.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../uselock.sh
. "$ROOT/tests/uselock.sh"
need_root
need jq gcc musl-gcc bpftool
leftovers_mark

build_program pthreads glibc gcc
build_program pthreads musl musl-gcc

for name in glibc musl; do
	use_locks "$T/$name" hold 200 500
	counts_exact "$name, alone"
	for lock in plain rw spin; do
		near "$name: $lock held" "$(hold_of $lock)" "$(true_hold_of $lock)" 3
	done
	long=$(true_hold_of hold_mutex_long)
	near "$name: of it by hold_mutex_long" "$(value_of hold hold_mutex_long)" "$long" 5
	near "$name: of it by hold_mutex" "$(value_of hold hold_mutex)" \
		$(($(true_hold_of plain) - long)) 5
	for threads in 2 8; do
		[ $name$threads != musl8 ] || continue
		use_locks "$T/$name" contend $threads 200 500
		counts_exact "$name, $threads threads"
		near "$name: held by $threads threads" "$(hold_of plain)" \
			"$(true_hold_of plain)" 3
	done
	use_locks "$T/$name" cond 500
	counts_exact "$name, with a condition"
	use_locks "$T/$name" odd
	counts_exact "$name, odd"
	for lock in plain tried other; do
		near "$name: $lock held oddly" "$(hold_of $lock)" "$(true_hold_of $lock)" 3
	done
	within "$name: handed on" "$(note_number "unlocks by a thread that had not locked")" 2 0
	within "$name: abandoned" "$(note_number "locks were held by threads that ended")" 1 0
done

"$T/glibc" contend 2 3000 1000 >"$T/truth" &
program=$!
started+=("$program")
"$HOSTPROF" record -k lock --lock=pthread -p "$program" -d 2 -o "$T/rec" >"$T/record.out" \
	2>"$T/record.err" || fail "hostprof record -p ended with status $?"
held=$(jq '[.locks[] | .hold_ns // 0] | max' "$T/rec/locks.json")
at_least "a running process: held in 2 s" "$held" 1700000000
nothing_left
