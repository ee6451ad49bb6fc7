#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Prints what recording every switch costs, next to others that do: `perf bench sched` with and
# without each tool, one right after the other, medians of the pairs. The pipe is the worst case:
# two processes on one CPU that do nothing but wake each other. Usage: switches.sh [PAIRS] [LOOPS]
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need perf jq taskset bpftool

pairs=${1:-5} loops=${2:-300000}
KINDS=offcpu
tools=(hostprof)
! command -v offcputime >/dev/null || tools+=(offcputime)
tools+=("perf sched record")

pipe() {
	taskset -c 0 perf bench -f simple sched pipe -l "$loops"
}

messaging() {
	perf bench -f simple sched messaging -g 4 -l 400
}

start() {
	case $1 in
	hostprof) record_start "$T/rec" ;;
	offcputime)
		offcputime 3600 >"$T/offcputime.out" 2>"$T/offcputime.err" &
		tool=$!
		sleep 1.5
		;;
	perf*)
		perf sched record -q -o "$T/perf.data" -- sleep 3600 >"$T/perf.err" 2>&1 &
		tool=$!
		sleep 1
		;;
	esac
}

stop() {
	case $1 in
	hostprof)
		record_stop INT
		jq -r '.kinds.offcpu as $k | [.duration_ns / 1e9, $k.delivered,
			([$k.lost[]] | add) + .ledger.threads_lost,
			.overhead.agent_cpu_ns / 1e6, .overhead.ring_bytes] | @tsv' "$T/rec/summary.json" >>"$T/$2.agent"
		;;
	*)
		kill -INT "$tool"
		wait "$tool" 2>/dev/null
		[ ! -e "$T/perf.data" ] || stat -c %s "$T/perf.data" >>"$T/$2.perf"
		rm -f "$T/perf.data" "$T/perf.data.old"
		;;
	esac
}

# median COLUMN FILE
median() {
	cut -f "$1" "$2" | sort -g | awk '{ v[NR] = $1 }
		END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

# compare LOAD: times are seconds, in pairs: without, with.
compare() {
	local tool_name without with

	for tool_name in "${tools[@]}"; do
		: >"$T/pairs"
		for ((i = 0; i < pairs; i++)); do
			without=$("$1" 2>/dev/null)
			start "$tool_name"
			with=$("$1" 2>/dev/null)
			stop "$tool_name" "$1"
			awk -v a="$without" -v b="$with" \
				'BEGIN { printf "%f\t%f\t%f\n", a, b, 100 * (1 - a / b) }' \
				>>"$T/pairs"
		done
		printf '%-10s %-18s %7.3f s without %7.3f s with: throughput %+6.1f %% (%s)\n' "$1" \
			"$tool_name" "$(median 1 "$T/pairs")" "$(median 2 "$T/pairs")" \
			"$(awk -v l="$(median 3 "$T/pairs")" 'BEGIN { print -l }')" \
			"$(cut -f 3 "$T/pairs" | sort -g | awk '{ printf "%s%.1f", (NR > 1 ? " " : ""), -$1 }')"
	done
	awk -F '\t' '{ s += $1; n += $2; lost += $3; cpu += $4; bytes += $5 }
		END { printf "%-10s hostprof: %.0f samples/s, %.0f bytes/s, agent %.1f ms/s, lost %d\n",
			load, n / s, bytes / s, cpu / s, lost }' load="$1" "$T/$1.agent"
	awk '{ bytes += $1 } END { printf "%-10s perf sched record: %.0f MB a run\n", load,
		bytes / NR / 1e6 }' load="$1" "$T/$1.perf"
}

compare pipe
compare messaging

# The programs by themselves; the kernel's statistics cost something too, so apart.
for load in pipe messaging; do
	record_start "$T/rec"
	sysctl -q kernel.bpf_stats_enabled=1
	cleanup sysctl -q kernel.bpf_stats_enabled=0
	"$load" >/dev/null 2>&1
	bpftool -j prog show | jq -r --arg load "$load" '.[] | select(.name // "" | startswith("hp_sched")) |
		select(.run_cnt > 1000) | "\($load)\t\(.name)\t\(.run_cnt)\t\(.run_time_ns / .run_cnt | floor)"' |
		awk -F '\t' '{ printf "%-10s %-18s %9d runs of %4d ns\n", $1, $2, $3, $4 }'
	sysctl -q kernel.bpf_stats_enabled=0
	record_stop INT
done
