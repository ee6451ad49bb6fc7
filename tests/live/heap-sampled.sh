#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: a sampled heap profile is unbiased: objects and bytes, allocated and left, at each of two
# stacks, within 4 sigma of the truth; while CPU samples and waits are walked on the same CPUs and
# more threads than CPUs allocate, stacks taken at malloc's return are complete and right (every
# return address follows a call), and nothing is lost without being counted.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../instant/unwind.sh
. "$ROOT/tests/instant/unwind.sh"
need_root
need jq gcc

# The frame pointer is left out: only the unwind tables help.
gcc -std=gnu11 -D_GNU_SOURCE -O2 -fno-builtin -fomit-frame-pointer -fno-optimize-sibling-calls \
	-pthread -o "$T/churn" "$ROOT/tests/workload/churn.c" || fail "gcc"

"$HOSTPROF" record -k cpu,offcpu,heap -F 999 --heap-interval 65536 -o "$T/rec" -- \
	"$T/churn" 6 4000 >"$T/truth" 2>"$T/record.err" ||
	fail "hostprof record ended with status $?"
jq -e '.kinds | all(.attempted == .delivered + ([.lost[]] | add))' "$T/rec/summary.json" \
	>/dev/null || fail "the sums do not balance: $(summary "$T/rec" .kinds)"
summary "$T/rec" '.kinds.heap | {attempted, delivered, lost} | tostring'
at_least "percent of heap samples delivered" "$(percent "$(summary "$T/rec" \
	.kinds.heap.delivered)" "$(summary "$T/rec" .kinds.heap.attempted)")" 99
at_least "percent of heap stacks complete" "$(percent "$(summary "$T/rec" \
	.kinds.heap.stacks.complete)" "$(summary "$T/rec" .kinds.heap.delivered)")" 99
for kind in heap cpu; do
	"$BUILD/tests/instant/calls" "$T/rec/$kind.pb.gz" || fail "$kind: not all follow calls"
done

# sigma PERCENT OBJECTS BYTES-EACH: 4 sigma of a sample of such objects, in percent.
sigma() {
	awk -v n="$1" -v size="$2" \
		'BEGIN { p = 1 - exp(-size / 65536); print 400 * sqrt((1 - p) / (n * p)) }'
}

i=2
for type in alloc_objects alloc_space inuse_objects inuse_space; do
	"$HOSTPROF" report "$T/rec" -k heap --value $type -n 0 --format json >"$T/report.json" \
		2>"$T/last.err" || fail "hostprof report --value $type"
	while read -r name objects bytes left bytes_left; do
		truth=("$objects" "$bytes" "$left" "$bytes_left")
		n=$objects
		[ $i -lt 4 ] || n=$left
		near "$type of $name" "$(jq --arg name "$name" \
			'[.rows[] | select(.name == $name).cumulative] | add // 0' "$T/report.json")" \
			"${truth[i - 2]}" "$(sigma "$n" $((bytes / objects)))"
	done <"$T/truth"
	i=$((i + 1))
done
