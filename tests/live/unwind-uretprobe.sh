#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: stacks go on through functions that have a return probe of somebody else's, which replaces
# the address they return to: through a recursion of 21, with one probe on it and with two.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../instant/unwind.sh
. "$ROOT/tests/instant/unwind.sh"
need_root
need jq nm "${CC:-cc}"

tracing=/sys/kernel/tracing
[ -w $tracing/uprobe_events ] || mount -t tracefs none $tracing
[ -w $tracing/uprobe_events ] || fail "no uprobe_events at $tracing"
group=hostprof_test_$$

# probe NAME: a return probe on deep(), enabled until the end.
probe() {
	echo "r:$group/$1 $T/frames:$offset" >>$tracing/uprobe_events || fail "no return probe"
	cleanup sh -c "echo '-:$group/$1' >>$tracing/uprobe_events"
	cleanup sh -c "echo 0 >$tracing/events/$group/$1/enable; : >$tracing/trace"
	echo 1 >"$tracing/events/$group/$1/enable"
}

# recursion: its share of the stacks that could be walked.
recursion() {
	record "$T/rec" -F 499 -- "$T/frames" deep 1 20
	complete "$T/rec" 98
	exact=$(stacks_sum "$T/rec" '$2 ~ /^_start;.*;main;/ && gsub(/;deep/, "", $2) == 21')
	at_least "percent with 21 frames of deep()" \
		"$(percent "$exact" "$(walkable "$T/rec")")" 98
	follow_calls "$T/rec"
}

frames_build frames -no-pie -fno-pie
offset=$(nm "$T/frames" | awk '$3 == "deep" { print "0x" substr($1, length($1) - 4) }')
probe once
recursion
hits=$(awk '$2 == "once" { n += $3 } END { print n + 0 }' $tracing/uprobe_profile)
at_least "returns that the probe has seen" "$hits" 21
probe twice
recursion
