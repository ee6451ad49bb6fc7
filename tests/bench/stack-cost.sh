#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Prints what a walk of a user stack costs in the kernel (nanoseconds, by its own statistics of BPF
# programs): ours next to bpf_get_stack() and bpf_get_stackid(), of one thread at one period. Whoever
# fires first warms the stack for the others, so they take turns in being first; medians over the
# rounds, by order and over all orders. Beside it each alone, and a whole sample of a recording.
# Usage: stack-cost.sh [SECONDS] [HZ] [ROUNDS]
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need jq taskset

seconds=${1:-1} hz=${2:-999} rounds=${3:-2}
bench=$BUILD/tests/bench
orders="ABC BCA CAB CBA BAC ACB"

# walks ORDER: adds lines "ORDER LETTER NS FRAMES" to $T/walks.
walks() {
	"$bench/walks" "$bench/walks.linked.o" "$task" "$hz" "$seconds" "$1" >"$T/round" \
		2>"$T/last.err" || fail "walks $1"
	awk -v order="$1" '{ print order, $1, $2, $4 }
		$1 == "A" && $5 < 0.99 * $3 { print "only " $5 " of " $3 " complete" >"/dev/stderr" }' \
		"$T/round" >>"$T/walks"
}

# median ORDERS LETTER: of the lines whose order is one of them.
median() {
	awk -v orders="$1" -v letter="$2" 'index(" " orders " ", " " $1 " ") && $2 == letter {
		print $3 }' "$T/walks" | sort -n | awk '{ at[NR] = $1 } END { print at[int((NR + 1) / 2)] }'
}

# row WHAT ORDERS...: the three medians, and ours as a multiple of the others.
row() {
	local what=$1

	shift
	awk -v what="$what" -v a="$(median "$1" A)" -v b="$(median "${2:-$1}" B)" \
		-v c="$(median "${3:-$1}" C)" \
		'BEGIN { printf "  %-22s %6d %6d %6d   %5.2f %5.2f\n", what, a, b, c, a / b, a / c }'
}

whole_sample() {
	"$HOSTPROF" record -q --no-kernel -F "$hz" -d "$seconds" --comm recurse -o "$T/rec" \
		2>"$T/last.err" || fail "cannot record"
	jq '.overhead.bpf_ns / .kinds.cpu.attempted | floor' "$T/rec/summary.json"
	rm -rf "$T/rec"
}

echo "ns a walk at $hz Hz            ours  stack stackid  x stack x stackid"
for frames in 16 36 66 126; do
	# Below them main, the C library's start and _start; burn() and what it calls on top.
	background taskset -c 0 "$W/recurse" $((frames - 5)) 3600
	task=$LAST
	sleep 0.5
	: >"$T/walks"
	: >"$T/whole"
	for ((round = 0; round < rounds; round++)); do
		for order in $orders A B C; do
			walks "$order"
		done
		whole_sample >>"$T/whole"
	done
	echo "$(awk '$2 == "A" { print $4; exit }' "$T/walks") frames ($(awk '$2 == "B" {
		print $4; exit }' "$T/walks") by frame pointer)"
	for order in $orders; do
		row "in order $order" "$order"
	done
	row "all orders" "$orders"
	row "each alone" A B C
	printf '  %-22s %6d\n' "a whole sample" "$(sort -n "$T/whole" | awk '{ at[NR] = $1 }
		END { print at[int((NR + 1) / 2)] }')"
	kill "$task"
	wait "$task" 2>/dev/null || :
done
