#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: the heap profile follows processes: one that runs already, one that a command starts, an
# exec (what the program before has left is gone), an allocator that is loaded later, and one in
# the program whose malloc is left by longjmp and by the end of the thread; Go programs are refused
# in one line and run on unharmed; nothing is left behind.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../heap.sh
. "$ROOT/tests/heap.sh"
need_root
need jq gcc bpftool

flags=(-std=gnu11 -D_GNU_SOURCE -O1 -fno-builtin -fno-optimize-sibling-calls -g -pthread)
gcc "${flags[@]}" -o "$T/alloc" "$ROOT/tests/workload/alloc.c" || fail "gcc alloc.c"
gcc "${flags[@]}" -o "$T/odd" "$ROOT/tests/workload/odd.c" || fail "gcc odd.c"
gcc "${flags[@]}" -DJUMP -o "$T/odd-jump" "$ROOT/tests/workload/odd.c" || fail "gcc -DJUMP"
gcc "${flags[@]}" -DJUMP -shared -fPIC -o "$T/odd.so" "$ROOT/tests/workload/odd.c" ||
	fail "gcc -shared"
leftovers_mark

# heap COMMAND...: records a command.
heap() {
	rm -rf "$T/rec"
	"$HOSTPROF" record -k heap --heap-interval 1 -o "$T/rec" -- "$@" >"$T/truth" \
		2>"$T/record.err" || fail "hostprof record -- $* ended with status $?"
}

"$T/alloc" 200 3 >"$T/attached" &
program=$!
started+=("$program")
"$HOSTPROF" record -k memory --heap-interval 1 -p "$program" -d 6 -o "$T/rec" >"$T/record.out" \
	2>"$T/record.err" || fail "hostprof record -p ended with status $?"
wait "$program" || fail "the program ended with status $?"
heap_exact "a running process" "$T/attached"
[ -s "$T/rec/growth.pb.gz" ] || fail "of a target there is no growth profile beside the heap's"

heap sh -c "$T/alloc 200 2"
heap_exact "a command's child" "$T/truth"
heap "$T/odd" exec
heap_exact "across an exec" "$T/truth"
heap "$T/odd" dlopen "$T/odd.so"
heap_exact "a library loaded later" "$T/truth"
heap "$T/odd-jump" jump
heap_exact "malloc left by longjmp" "$T/truth"

if [ -x "$W/burn-go" ]; then
	rm -rf "$T/rec"
	"$HOSTPROF" record -k cpu,heap -o "$T/rec" -- "$W/burn-go" 1 >"$T/out" 2>"$T/record.err" ||
		fail "a Go program ended with status $?"
	grep -q "is a Go program" "$T/record.err" || fail "no word that it is a Go program"
	[ "$(summary "$T/rec" .kinds.heap.attempted)" = 0 ] || fail "a Go program was probed"
	echo "a Go program: $(grep -m 1 "Go program" "$T/record.err")"
fi
nothing_left
