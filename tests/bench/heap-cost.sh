#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the heap profile costs a program that does nothing but allocate and free: ns a pair of
# malloc and free, without it, and by interval; pairs of runs, CPU time of the program.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root

PAIRS=${PAIRS:-3} ROUNDS=${ROUNDS:-20000} # 21 pairs a round

ns_a_pair() {
	local TIMEFORMAT='%U %S'

	{ time "$@" >/dev/null 2>&1; } 2>&1 |
		awk -v n=$((ROUNDS * 21)) '{ printf "%.0f\n", 1e9 * ($1 + $2) / n }'
}

for ((i = 0; i < PAIRS; i++)); do
	echo "without: $(ns_a_pair "$W/churn" 1 "$ROUNDS") ns"
	for interval in 524288 65536; do
		rm -rf "$T/rec"
		"$HOSTPROF" record -q -k heap --heap-interval $interval -o "$T/rec" -- \
			bash -c "TIMEFORMAT='%U %S'; time $W/churn 1 $ROUNDS" 2>&1 |
			awk -v n=$((ROUNDS * 21)) -v i=$interval 'NF == 2 && $1 ~ /^[0-9.]+$/ {
				printf "interval %d: %.0f ns\n", i, 1e9 * ($1 + $2) / n }'
		summary "$T/rec" '.overhead | "  traps \(.traps), \(.trap_ns / ([.traps, 1] | max) | round) ns each; BPF \(.bpf_ns / ([.traps, 1] | max) | round) ns a trap"'
	done
done
