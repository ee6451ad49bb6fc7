#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: at 99, 999 and 9999 Hz a process gets that many samples for each second of CPU time
# (+-10 %), each sample says how long it stands for, and nothing is lost.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need jq go

for hz in 99 999 9999; do
	record "$T/rec" -F $hz -- "$W/burn" 2
	read -r _ a _ b < <(grep '^hot_a' "$T/record.out")
	samples "$T/rec/cpu.pb.gz" >"$T/tsv"
	n=$(sum '$5 == "burn"' <"$T/tsv") ns=$(sum_ns '$5 == "burn"' <"$T/tsv")
	near "$hz Hz: samples" "$n" "$(awk -v ns=$((a + b)) -v hz=$hz \
		'BEGIN { printf "%.0f", ns * hz / 1e9 }')" 10
	near "$hz Hz: nanoseconds a sample" "$((ns / n))" $((1000000000 / hz)) 1
	lost=$(summary "$T/rec" '[.kinds.cpu.lost[]] | add')
	[ "$lost" = 0 ] || fail "$hz Hz: $lost samples were lost"
done
