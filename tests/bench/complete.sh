#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Prints how many user stacks are complete at 499 Hz: of real programs in their steady state, one
# row each, then while processes start and end all the time, of the samples whose process has user
# memory. The reasons of the rest, and with -v where their walks stopped, stand below.
# Usage: complete.sh [-v] [SECONDS] [LOAD...|storm]
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../workload/loads.sh
. "$ROOT/tests/workload/loads.sh"
need_root
need jq go

verbose=0
[ "${1:-}" != -v ] || { verbose=1; shift; }
seconds=${1:-5}
shift
wanted=${*:-$LOADS storm}

# row NAME: of the recording; "complete" is of all user stacks but those without user memory.
row() {
	jq -r --arg name "$1" '.kinds.cpu | .stacks as $s
		| ([$s.truncated[]] | add) as $cut
		| ($s.complete + $cut - $s.truncated.no_user_memory) as $all
		| [$name, .attempted, ([.lost[]] | add), $all,
			(if $all > 0 then 100 * $s.complete / $all * 100 | round / 100 else 0 end)]
		| @tsv' "$T/rec/summary.json" |
		awk -F '\t' '{ printf "%-10s %8d %5d %8d %9.2f %%", $1, $2, $3, $4, $5 }'
	jq -r '[.kinds.cpu.stacks.truncated | to_entries[] | select(.value > 0)
		| " \(.value) \(.key)"] | join(",")' "$T/rec/summary.json"
}

# The outermost frames of the recorded stacks that are no usual bottom, and who called nothing.
ends() {
	[ $verbose = 1 ] || return 0
	samples "$T/rec/cpu.pb.gz" | awk -F '\t' '{
		n = split($7, frame, ";"); last = frame[n]
		if (last ~ /^(_start|(__)?clone3?|\[unknown\])$/)
			next
		for (i = n - 1; i > n - 4 && i > 0; i--)
			last = last " <- " frame[i]
		ends[$5 ": " last " (" (n > 9 ? "10 or more" : n) " frames)"] += $1
	} END { for (e in ends) printf "    %6d  %s\n", ends[e], e }' | sort -rn | head -n 12
}

printf '%-10s %8s %5s %8s %11s  %s\n' load samples lost stacks complete "cut short"
for load in $wanted; do
	if [ "$load" = storm ]; then
		export -f exec_storm
		export STORM_DIR=$T/project PYTHON
		project "$STORM_DIR" 12
		record "$T/rec" --no-kernel -F 499 -- bash -c "exec_storm $((seconds * 2))"
	elif "have_$load"; then
		"load_$load"
		sleep 1
		record "$T/rec" --no-kernel -F 499 -d "$seconds" -p "$(load_pids)"
		load_end
	else
		printf '%-10s not installed\n' "$load"
		continue
	fi
	row "$load"
	ends
done
