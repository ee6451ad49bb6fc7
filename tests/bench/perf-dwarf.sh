#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Prints hostprof next to `perf record --call-graph dwarf`, in turns over the same load at the same
# rate: bytes written for each sample, CPU time (recording, then until the result can be read),
# samples lost, and how many user stacks reach the bottom. Complete is for hostprof what it counts
# as such; for perf, a stack whose last frame is _start, clone or clone3 or, in a stripped program,
# the caller of __libc_start_main. What both do in the kernel while they sample is charged
# to the load, in neither's CPU time. Usage: perf-dwarf.sh [SECONDS] [HZ] [LOAD...]
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../workload/loads.sh
. "$ROOT/tests/workload/loads.sh"
need_root
need perf jq

seconds=${1:-4} hz=${2:-499}
shift $(($# < 2 ? $# : 2))
loads=${*:-python redis nginx postgres}

# cpu_ms COMMAND...: runs it; its CPU time with that of its children, in milliseconds, is then $MS.
cpu_ms() {
	local user sys

	(TIMEFORMAT='%U %S'; time "$@" >"$T/out" 2>"$T/last.err") 2>"$T/time" ||
		fail "$*: $(tail -n 3 "$T/last.err")"
	read -r user sys <"$T/time"
	MS=$(awk "BEGIN { printf \"%.0f\", 1000 * ($user + $sys) }")
}

# line WHO BYTES RECORD_MS SCRIPT_MS SAMPLES LOST COMPLETE STACKS
line() {
	awk -v who="$1" -v bytes="$2" -v record="$3" -v after="$4" -v n="$5" -v lost="$6" \
		-v complete="$7" -v stacks="$8" 'BEGIN {
			printf "  %-14s %8d %6d %10.1f %8d %8d", who, n, lost, n ? bytes / n : 0, record, after
			printf " %9.2f %%\n", stacks ? 100 * complete / stacks : 0
		}'
}

ours() {
	local ms

	rm -rf "$T/rec"
	cpu_ms "$HOSTPROF" record -q --no-kernel -F "$hz" -d "$seconds" -p "$1" -o "$T/rec"
	ms=$MS
	cpu_ms "$HOSTPROF" report "$T/rec" -k cpu --format folded -o "$T/folded"
	jq -r '.kinds.cpu | [.delivered, ([.lost[]] | add), .stacks.complete,
		.stacks.complete + ([.stacks.truncated[]] | add)] | @tsv' "$T/rec/summary.json" >"$T/n"
	read -r n lost complete stacks <"$T/n"
	line hostprof "$(stat -c %s "$T/rec/cpu.pb.gz")" "$ms" "$MS" "$n" "$lost" "$complete" \
		"$stacks"
	rm -rf "$T/rec"
}

# perf copies 8 KiB of stack for each sample unless told otherwise.
theirs() {
	local ms bytes

	cpu_ms perf record -q -e cpu-clock -F "$hz" --call-graph dwarf -p "$1" \
		-o "$T/perf.data" -- sleep "$seconds"
	ms=$MS bytes=$(stat -c %s "$T/perf.data")
	cpu_ms perf script -i "$T/perf.data" -F ip,sym --no-inline
	perf report -i "$T/perf.data" --stats 2>/dev/null |
		awk '/LOST_SAMPLES events/ { next } /LOST events/ { n += $NF } END { print n + 0 }' >"$T/n"
	read -r lost <"$T/n"
	awk -v RS= -F '\n' '{
			split($NF, last, " "); split($(NF - 1), above, " "); n++
			if (last[2] ~ /^(_start|(__)?clone3?)$/ || above[2] ~ /^__libc_start_main/)
				complete++
			else
				ends[last[2] " below " above[2]]++
		} END { print n + 0, complete + 0
			for (e in ends) print ends[e], e }' "$T/out" >"$T/n"
	read -r n complete <"$T/n"
	line "perf dwarf" "$bytes" "$ms" "$MS" "$n" "$lost" "$complete" "$n"
	sed 1d "$T/n" | sort -rn | sed -n 's/^/      perf ends: /;1,3p'
	rm -f "$T/perf.data" "$T/out"
}

echo "$seconds s at $hz Hz       samples   lost bytes/sample  record ms  then ms  complete"
for load in $loads; do
	"have_$load" || { echo "$load: not installed"; continue; }
	"load_$load"
	sleep 1
	pids=$(load_pids)
	for round in 1 2; do
		echo "$load, round $round"
		if [ $round = 1 ]; then
			ours "$pids"
			theirs "$pids"
		else
			theirs "$pids"
			ours "$pids"
		fi
	done
	load_end
done
