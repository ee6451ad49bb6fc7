#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: the time for which a process is stopped, by a signal or by the freezer of cgroup2, is its
# time as stopped, whether it was computing or asleep; behind it the sleep goes on as a sleep.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need jq

KINDS=offcpu

# between WHAT NS MINIMUM MAXIMUM, with 10 ms to spare.
between() {
	within "$1" "$2" $((($3 + $4) / 2)) $((($4 - $3) / 2 + 10000000))
}

# halted WHAT: $spinner and $sleeper were stopped for $least to $most ns.
halted() {
	local row stop other wall

	wait "$RECORDER" || fail "hostprof record ended with status $?"
	books_balance "$T/rec"
	row=$(ledger "$T/rec" ".threads[] | select(.pid == $spinner) | .blocked_ns |
		[.stopped, (add - .stopped)] | @tsv")
	read -r stop other <<<"$row"
	between "$1: the spinner, stopped" "$stop" "$least" "$most"
	within "$1: the spinner, waiting for anything else" "$other" 0 20000000
	row=$(ledger "$T/rec" ".threads[] | select(.pid == $sleeper) |
		[.blocked_ns.stopped, .blocked_ns.sleep, .runq_ns, .wall_ns] | @tsv")
	read -r stop other queued wall <<<"$row"
	between "$1: the sleeper, stopped" "$stop" "$least" "$most"
	between "$1: the sleeper, asleep" $((other + queued)) $((wall - most)) $((wall - least))
}

# both STOP STOPPED GO: two processes and a recording of them; all three are commands.
both() {
	local begin seen

	record_start "$T/rec" -d 2.5 -p "$spinner,$sleeper"
	sleep 0.4
	begin=$(date +%s%N)
	$1
	# shellcheck disable=SC2086 # a command and what it is called with
	until_true 5 $2 || fail "they do not stop"
	seen=$(date +%s%N)
	sleep 0.7
	least=$(($(date +%s%N) - seen))
	$3
	most=$(($(date +%s%N) - begin))
}

have_stopped() {
	[ "$(grep -c '^State:.T' "/proc/$spinner/status" "/proc/$sleeper/status" | grep -c ':1$')" = 2 ]
}

set_to() {
	echo "$1" >"$2"
}

background "$W/burn" 60
spinner=$LAST
background sleep 60
sleeper=$LAST

both "kill -STOP $spinner $sleeper" have_stopped "kill -CONT $spinner $sleeper"
halted "by a signal"

mount=$(cgroup2_mount)
if [ -n "$mount" ]; then
	group=$mount/hp-stop-$$
	mkdir "$group"
	cleanup rmdir "$group"
	echo "$spinner" >"$group/cgroup.procs"
	echo "$sleeper" >"$group/cgroup.procs"
	both "set_to 1 $group/cgroup.freeze" "grep -qx frozen.1 $group/cgroup.events" \
		"set_to 0 $group/cgroup.freeze"
	halted "by cgroup2"
else
	echo "no cgroup2 mount: its freezer is not tried"
fi
