#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: two futexes in one 8 bytes are two locks, each by its own name; a rwlock is one lock on
# whichever of its words its waiters wait; and a lock in memory that processes share is called so.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need jq

# right NAME SLACK FILTER: all that was waited for it, in one row a class.
right() {
	local row

	row="[.locks[] | select(.lock | $3)]"
	[ "$(jq "$row | map(.address) | unique | length" "$T/rec/locks.json")" = 1 ] ||
		fail "$1: $(jq -c '.locks[] | [.class, .lock, .address, .delay_ns]' "$T/rec/locks.json")"
	near "$1: ns" "$(jq "$row | map(.delay_ns) | add" "$T/rec/locks.json")" \
		"$(awk -F '\t' -v name="$1" '$2 == name { ns += $4 } END { print ns }' \
			"$T/record.out")" "$2"
}

beside() {
	rm -rf "$T/rec"
	"$HOSTPROF" record -q -k lock -o "$T/rec" -- "$W/lockbeside" \
		>"$T/record.out" 2>"$T/record.err" || fail "hostprof record ended with status $?"
	right the_pair 5 '. == "the_pair"'
	right the_pair+0x4 5 '. == "the_pair+0x4"'
	right the_rwlock 5 'test("^the_rwlock")'
	right shared 5 'startswith("shared 0x")'
	[ "$(jq -r '[.locks[] | select(.lock == "the_rwlock") | .class] | unique[]' \
		"$T/rec/locks.json")" = rwlock ] || fail "the_rwlock is no rwlock"
}

undisturbed beside
