# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# For the tests of the heap profile: comparing $T/rec with what a program says of itself. Source
# tests/lib.sh first.

# heap_value TYPE: "NAME VALUE" of each function, with all it calls.
heap_value() {
	"$HOSTPROF" report "$T/rec" -k heap --value "$1" -n 0 --format json >"$T/report.json" \
		2>"$T/last.err" || fail "hostprof report --value $1"
	jq -r '.rows[] | [.name, .cumulative] | @tsv' "$T/report.json"
}

# heap_exact WHAT FILE: the program's lines "NAME ALLOCATED-OBJECTS BYTES OBJECTS-LEFT BYTES-LEFT"
# are what was recorded, each number of them.
heap_exact() {
	local what=$1 truth=$2 i=2 type

	[ "$(summary "$T/rec" '.kinds.heap | .attempted - .delivered - .lost.operator_new')" = 0 ] ||
		fail "$what: lost samples: $(summary "$T/rec" .kinds.heap)"
	for type in alloc_objects alloc_space inuse_objects inuse_space; do
		heap_value $type >"$T/$type"
		awk -v column=$((i++)) -v what="$what $type" '
			NR == FNR { got[$1] = $2; next }
			{ n++; if (got[$1] + 0 != $column) { bad = 1
			  printf "%s of %s: %d, the truth is %d\n", what, $1, got[$1], $column } }
			END { exit bad || !n }' "$T/$type" "$truth" ||
			fail "$what: $type is not exact"
	done
	echo "$what: $(awk '{ o += $2; b += $3 } END { print o " allocations, " b " bytes" }' \
		"$truth"), all exact"
}
