#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: in clone3, whose call frame information ends at its system call, a program that starts
# threads and others has all its callers, on the CPU and while it waits for what it has spawned; what
# has just begun there has none, and is complete.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../instant/unwind.sh
. "$ROOT/tests/instant/unwind.sh"
need_root
need jq "${CC:-cc}"

# in_clone KIND: "samples or us<TAB>root;...;leaf" of what `frames` did in the system call.
in_clone() {
	"$HOSTPROF" report "$T/rec" -k "$1" --waits all --comm frames --format folded \
		>"$T/folded" 2>"$T/last.err" || fail "hostprof report -k $1"
	awk '/do_syscall_64_\[k\];(__x64_sys|__do_sys)_clone3?_\[k\];/ {
		n = $NF; sub(/ [0-9]+$/, ""); sub(/^[^;]*;/, ""); print n "\t" $0 }' "$T/folded"
}

total() {
	awk -F '\t' '{ n += $1 } END { print n + 0 }'
}

# expect KIND MINIMUM: all but what was seen before the program's own table was there.
expect() {
	in_clone "$1" >"$T/stacks"
	at_least "$1 in clone" "$(total <"$T/stacks")" "$2"
	grep '	\(__\)\?clone' "$T/stacks" >"$T/apart" &&
		fail "$1, without callers: $(head -n 2 "$T/apart")"
	at_least "percent of it from _start on" "$(percent \
		"$(grep '	_start;.*;main;run_spawn;' "$T/stacks" | total)" \
		"$(total <"$T/stacks")")" 90
	[ "$(summary "$T/rec" ".kinds.$1.stacks.truncated.bad_return_address")" = 0 ] ||
		fail "$1: what stood for a return address was not code"
}

frames_build frames
KINDS=cpu,offcpu
record "$T/rec" -F 4999 -- "$T/frames" spawn 3
expect cpu 100
expect offcpu 10000
at_least "samples of what has just begun" "$("$HOSTPROF" report "$T/rec" -k cpu --format folded |
	awk '/^frames;(__)?clone3?;ret_from_fork/ { n += $NF } END { print n + 0 }')" 1
