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

# alone NAME
alone() {
	local long

	use_locks "$T/$1" hold 200 500
	counts_exact "$1, alone"
	for lock in plain rw spin; do
		near "$1: $lock held" "$(hold_of $lock)" "$(true_hold_of $lock)" 3
	done
	long=$(true_hold_of hold_mutex_long)
	near "$1: of it by hold_mutex_long" "$(value_of hold hold_mutex_long)" "$long" 5
	near "$1: of it by hold_mutex" "$(value_of hold hold_mutex)" \
		$(($(true_hold_of plain) - long)) 5
}

# contend NAME THREADS
contend() {
	use_locks "$T/$1" contend "$2" 200 500
	counts_exact "$1, $2 threads"
	near "$1: held by $2 threads" "$(hold_of plain)" "$(true_hold_of plain)" 3
}

# odd NAME
odd() {
	use_locks "$T/$1" odd
	counts_exact "$1, odd"
	for lock in plain tried other; do
		near "$1: $lock held oddly" "$(hold_of $lock)" "$(true_hold_of $lock)" 3
	done
	within "$1: handed on" "$(note_number "unlocks by a thread that had not locked")" 2 0
	within "$1: abandoned" "$(note_number "locks were held by threads that ended")" 1 0
}

for name in glibc musl; do
	undisturbed alone $name
	for threads in 2 8; do
		[ $name$threads = musl8 ] || undisturbed contend $name $threads
	done
	use_locks "$T/$name" cond 500
	counts_exact "$name, with a condition"
	undisturbed odd $name
done

# Of a program that runs until it is ended here, and always has it but for moments.
background "$T/glibc" contend 2 60000 1000
program=$LAST
"$HOSTPROF" record -k lock --lock=pthread -p "$program" -d 2 -o "$T/rec" >"$T/record.out" \
	2>"$T/record.err" || fail "hostprof record -p ended with status $?"
held=$(jq '[.locks[] | .hold_ns // 0] | max' "$T/rec/locks.json")
at_least "a running process: percent of the time that it was held" \
	"$(percent "$held" "$(summary "$T/rec" .duration_ns)")" 85
nothing_left
