#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: what is attached to a process goes when the process has ended, not with the recording: the
# kernel asks each attachment to a file at each trap in it, in all processes. So those that go on do
# not become slower, and as many can be probed one after the other as there are.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need jq bpftool

ROUNDS=70
AT_A_TIME=4
LEFT=$((2 * AT_A_TIME * 8)) # links: two a process, of those that have ended just now too
KINDS=heap

# What is said of the processes is then in $note, and how many were probed is the match.
read_note() {
	note=$("$HOSTPROF" report "$T/rec" -k heap 2>&1 | grep -o 'allocators probed: .*')
	[[ $note =~ \ in\ ([0-9]+)\ process ]] || fail "not said how many were probed: $note"
}

cp "$(command -v sleep)" "$T/hp-fork" || fail "no sleep"
leftovers_mark
record_start "$T/rec" --memory=heap --comm hp-fork -d 60
sleep 1
before=$(count_links)
most=0
for ((i = 0; i < ROUNDS; i++)); do
	children=()
	for ((j = 0; j < AT_A_TIME; j++)); do
		"$T/hp-fork" 0.15 &
		children+=($!)
	done
	wait "${children[@]}"
	if ! ((i % 10)); then
		now=$(count_links)
		most=$((now > most ? now : most))
	fi
done
sleep 2
after=$(count_links)
kill -INT "$RECORDER"
wait "$RECORDER" || fail "hostprof record ended with status $?"
read_note
at_least "processes" "${BASH_REMATCH[1]}" $((ROUNDS * AT_A_TIME * 95 / 100))
grep -q 'at a time' <<<"$note" && fail "the limit of processes counts those that have ended: $note"
echo "links before, the most meanwhile, and behind it: $before $most $after"
((most <= before + LEFT)) || fail "$most links meanwhile, of $AT_A_TIME processes at a time"
((after <= before)) || fail "$after links are left of processes that have ended, $before were before"
nothing_left

record_start "$T/rec" --memory=heap --comm hp-fork -d 60
sleep 1
before=$(count_links)
for ((i = 0; i < 3; i++)); do
	background bash -c "while :; do '$T/hp-fork' 0.01; done"
	loops+=("$LAST")
done
sleep 2
background "$T/hp-fork" 60
sleep 3
kill "${loops[@]}"
until_true 5 eval "[ \"\$(count_links)\" -le $((before + 2)) ]" ||
	fail "$(count_links) links behind the storm, $before before: not those of one process"
[ "$(count_links)" = $((before + 2)) ] || fail "one that started in the storm has no probes"
record_stop
read_note
at_least "of the processes in a storm, those that were probed, at most 100" \
	$((100 - BASH_REMATCH[1])) 0
[[ $note =~ ([0-9]+)\ processes\ were\ not ]] || fail "not said that some were left alone: $note"
at_least "those that were not" "${BASH_REMATCH[1]}" 100
nothing_left
