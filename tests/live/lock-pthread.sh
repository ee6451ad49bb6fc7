#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: with --lock=pthread each acquisition of each lock is counted, of glibc and musl, dynamic
# and static: mutexes of all sorts, rwlocks and spin locks, by every function that can take them,
# attempts that fail and unlocks that are refused included; in the sums and at the functions that
# took them. A pair of lock and unlock that nobody disturbs costs two traps. Without a target, or of
# a Go program, it is refused in one line.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../uselock.sh
. "$ROOT/tests/uselock.sh"
need_root
need jq gcc musl-gcc bpftool
leftovers_mark

build_program pthreads glibc gcc
build_program pthreads glibc-static gcc -static
build_program pthreads musl musl-gcc
build_program pthreads musl-static musl-gcc -static

for name in glibc glibc-static musl musl-static; do
	use_locks "$T/$name" each 200
	counts_exact "$name"
	within "$name: failed attempts" "$(note_number "tries failed")" \
		"$(awk '{ n += $5 } END { print n }' "$T/truth")" 0
	within "$name: of use_mutexes" "$(value_of acquisitions use_mutexes)" $((200 * 7)) 0
	within "$name: of use_others" "$(value_of acquisitions use_others)" $((200 * 9)) 0
	use_locks "$T/$name" pairs 20000 8
	within "$name: traps of 20000 pairs" "$(summary "$T/rec" .overhead.traps)" 40000 100
	within "$name: acquisitions" "$(awk '{ n += $2 } END { print n }' "$T/got")" 20000 20
done

"$HOSTPROF" record -k lock --lock=pthread -d 1 -o "$T/none" >"$T/out" 2>"$T/last.err"
[ $? = 2 ] || fail "the whole host is not refused"
grep -q "name a target" "$T/last.err" || fail "no word why the whole host is refused"
if [ -x "$W/burn-go" ]; then
	rm -rf "$T/rec"
	"$HOSTPROF" record -k lock --lock=pthread -o "$T/rec" -- "$W/burn-go" 1 >"$T/out" \
		2>"$T/record.err" || fail "a Go program ended with status $?"
	grep -q "is a Go program" "$T/record.err" || fail "no word that it is a Go program"
	echo "a Go program: $(grep -m 1 "Go program" "$T/record.err")"
fi
nothing_left
