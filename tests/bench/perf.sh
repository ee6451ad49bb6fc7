#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Prints hostprof next to perf, one after the other over the same load at 999 Hz: CPU time of the
# recorder, time to a readable result, and size on disk. Usage: perf.sh [SECONDS]
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need perf jq

seconds=${1:-10}
for ((i = 0; i < $(nproc); i++)); do
	background "$W/burn" $((4 * seconds + 60))
done
background "$W/forkbomb" 5000 20 2

# timed NAME COMMAND...: sets NAME_wall and NAME_cpu, in milliseconds.
timed() {
	local name=$1 wall user sys

	shift
	# A shell of its own: this one's burners would count as well when they end.
	(TIMEFORMAT='%R %U %S'; time "$@" >"$T/$name.out" 2>"$T/$name.err") 2>"$T/$name.time" ||
		fail "$*: $(tail -n 3 "$T/$name.err")"
	read -r wall user sys <"$T/$name.time"
	printf '%-34s %8.0f ms wall %8.0f ms CPU\n' "$name" "$(awk "BEGIN { print 1000 * $wall }")" \
		"$(awk "BEGIN { print 1000 * ($user + $sys) }")"
}

for round in 1 2; do
	echo "round $round: $seconds s at 999 Hz"
	rm -rf "$T/rec"
	timed "hostprof-record" "$HOSTPROF" record -k cpu -F 999 -d "$seconds" -o "$T/rec"
	timed "hostprof-report" "$HOSTPROF" report "$T/rec" -k cpu --format folded -o "$T/folded"
	timed "perf-record" perf record -q -e cpu-clock -a -g -F 999 -o "$T/perf.data" -- \
		sleep "$seconds"
	timed "perf-script" perf script -i "$T/perf.data"
	printf 'on disk: hostprof %d bytes, perf %d bytes\n' "$(stat -c %s "$T/rec/cpu.pb.gz")" \
		"$(stat -c %s "$T/perf.data")"
done
