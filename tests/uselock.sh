# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# For the tests of record --lock=pthread: comparing $T/rec with what tests/workload/pthreads.c says
# of itself. Source tests/lib.sh first.

# build_program SOURCE NAME COMPILER...: $T/NAME of tests/workload/SOURCE.c.
build_program() {
	local source=$1 name=$2

	shift 2
	"$@" -std=gnu11 -D_GNU_SOURCE -O1 -g -fno-optimize-sibling-calls -pthread -o "$T/$name" \
		"$ROOT/tests/workload/$source.c" || fail "$*"
}

use_locks_args=() # more of them for record

# use_locks COMMAND...: records it; the truth is in $T/truth, what was recorded in $T/got:
# "ADDRESS ACQUISITIONS HOLD CONTENDED WAIT CLASS" a lock.
use_locks() {
	rm -rf "$T/rec"
	"$HOSTPROF" record -k lock --lock=pthread "${use_locks_args[@]}" -o "$T/rec" -- "$@" >"$T/truth" \
		2>"$T/record.err" || fail "hostprof record -- $* ended with status $?"
	jq -r '.locks[] | select(.acquisitions != null) |
		[.address, .acquisitions, .hold_ns, .contended, .wait_ns, .class] | @tsv' \
		"$T/rec/locks.json" >"$T/got" || fail "no locks.json"
	[ -s "$T/truth" ] || fail "$* has said nothing"
}

# counts_exact WHAT: all acquisitions of all locks are there, and no more.
counts_exact() {
	awk -v what="$1" '
		NR == FNR { got[$1] = $2; next }
		$2 == "-" { next }
		{ n++; sum += $3; if (got[$2] + 0 != $3) { bad = 1
		  printf "%s of %s: %d acquisitions, the truth is %d\n", what, $1, got[$2], $3 } }
		END { printf "%s: %d acquisitions of %d locks, all exact\n", what, sum, n
		      exit bad || !n }' "$T/got" "$T/truth" ||
		fail "$1: acquisitions are not exact"
}

# hold_of LOCK, true_hold_of LOCK, ns, and acquisitions_of LOCK, by the name in the program.
true_hold_of() {
	awk -v name="$1" '$1 == name { print $4 }' "$T/truth"
}

acquisitions_of() {
	awk -v name="$1" 'NR == FNR { if ($1 == name) at = $2; next } $1 == at { print $2 }' \
		"$T/truth" "$T/got"
}

hold_of() {
	awk -v name="$1" 'NR == FNR { if ($1 == name) at = $2; next } $1 == at { print $3 }' \
		"$T/truth" "$T/got"
}

# value_of TYPE FUNCTION: of the lock profile, with all the function calls.
value_of() {
	"$HOSTPROF" report "$T/rec" -k lock --value "$1" -n 0 --format json >"$T/report.json" \
		2>"$T/last.err" || fail "hostprof report --value $1"
	jq -r --arg f "$2" '[.rows[] | select(.name == $f) | .cumulative] | add // 0' \
		"$T/report.json"
}

# note_number WORDS: the number in front of them in the line that says what was lost.
note_number() {
	tr -s '\n ' ' ' <"$T/record.err" | grep -o "[0-9]* $1" | cut -d ' ' -f 1
}
