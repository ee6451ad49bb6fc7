#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: what a program waited for before an exec and after it is told apart, be it at the same
# address: each lock has its own variable's name, its own program's, and its own sums.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need jq gcc

# build NAME LOCK
build() {
	gcc -O1 -g -D_GNU_SOURCE -fno-pie -no-pie -DTHE_LOCK="$2" -o "$T/$1" \
		"$ROOT/tests/workload/lockexec.c" -lpthread || fail "lockexec.c does not compile"
}
build first before_lock
build second after_lock

# right LOCK PROGRAM MODE: against the program's own line.
right() {
	local sleeps ns address row

	read -r address sleeps ns < <(awk -F '\t' -v lock="$1" '$2 == lock { print $4, $6, $8 }' \
		"$T/record.out")
	row=".locks[] | select(.lock == \"$1\")"
	[ "$(jq -r "$row | .comm" "$T/rec/locks.json")" = "$2" ] ||
		fail "$1: $(jq -c '.locks[] | [.lock, .comm]' "$T/rec/locks.json")"
	[ "$(jq -r "$row | .address" "$T/rec/locks.json")" = "$address" ] || fail "$1: its address"
	near "$3: $1: waits" "$(jq "$row | .contentions" "$T/rec/locks.json")" "$sleeps" 2
	near "$3: $1: ns" "$(jq "$row | .delay_ns" "$T/rec/locks.json")" "$ns" 5
}

# both MODE
both() {
	rm -rf "$T/rec"
	"$HOSTPROF" record -q -k lock --lock="$1" -o "$T/rec" -- "$T/first" 1 8000 "$T/second" \
		>"$T/record.out" 2>"$T/record.err" || fail "hostprof record --lock=$1"
	[ "$(awk -F '\t' '{ print $4 }' "$T/record.out" | uniq | wc -l)" = 1 ] ||
		fail "the two locks do not lie at the same address: $(cat "$T/record.out")"
	right before_lock first "$1"
	right after_lock second "$1"
}

undisturbed both futex
undisturbed both pthread
