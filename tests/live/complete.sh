#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: user stacks are complete: 99.5 percent of those of python3 and of redis-server at work,
# and while processes start and end all the time (builds, shells, interpreters) 95 percent of those
# that have user memory. tests/bench/complete.sh measures more programs.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../workload/loads.sh
. "$ROOT/tests/workload/loads.sh"
need_root
need jq "$PYTHON" redis-server redis-benchmark redis-cli gcc make

# share LEAST-STACKS PERCENT WHAT: of the recording, leaving out what had no user memory.
share() {
	local all complete

	complete=$(summary "$T/rec" .kinds.cpu.stacks.complete)
	all=$(summary "$T/rec" '.kinds.cpu.stacks |
		.complete + ([.truncated[]] | add) - .truncated.no_user_memory')
	summary "$T/rec" '.kinds.cpu.stacks.truncated | to_entries[] | select(.value > 0) |
		"  cut short: \(.value) \(.key)"'
	[ "$(summary "$T/rec" '[.kinds.cpu.lost[]] | add')" = 0 ] || fail "$3: samples are lost"
	at_least "user stacks of $3" "$all" "$1"
	at_least "percent of them complete" "$(percent "$complete" "$all")" "$2"
}

for load in python redis; do
	"load_$load"
	sleep 0.5
	record "$T/rec" --no-kernel -F 499 -d 3 -p "$(load_pids)"
	load_end
	share 300 99.5 "$load"
done

project "$T/project" 6
export -f exec_storm
export STORM_DIR=$T/project PYTHON
record "$T/rec" --no-kernel -F 499 -- bash -c 'exec_storm 5'
share 500 95 "processes that start and end"
