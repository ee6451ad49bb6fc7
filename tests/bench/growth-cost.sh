#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the growth profile costs a program that does nothing but touch new memory: pairs of runs with
# and without it, CPU time of the program (user and system).
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root

PAIRS=${PAIRS:-7} MB=${MB:-1500}

# cpu_ms: of one run.
cpu_ms() {
	local TIMEFORMAT='%U %S'

	{ time "$W/grow" "first:$MB" >/dev/null; } 2>&1 | awk '{ printf "%.0f\n", 1000 * ($1 + $2) }'
}

is_counting() {
	bpftool prog show 2>/dev/null | grep -q hp_growth_page
}

cpu_ms >/dev/null
for ((i = 0; i < PAIRS; i++)); do
	without=$(cpu_ms)
	"$HOSTPROF" record -k growth -q -o "$T/rec" &
	recorder=$!
	until_true 10 is_counting || fail "hostprof record does not start"
	sleep 0.3
	with=$(cpu_ms)
	kill -INT "$recorder"
	wait "$recorder"
	echo "$without $with $(summary "$T/rec" '.overhead.bpf_ns')"
done | awk -v mb="$MB" '
	{ printf "  %6d ms without, %6d ms with: %+.1f %%\n", $1, $2, 100 * ($2 / $1 - 1)
	  a += $1; b += $2; bpf += $3 }
	END { printf "together: %+.1f %%; BPF %.0f ns a page\n", 100 * (b / a - 1), bpf / NR / (mb * 256) }'
