#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: what is allocated steadily and not freed, or freed half of the time, is called a leak,
# with its rate; caches that are filled once, or whose entries are replaced, and memory that is used
# shortly, are not.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need jq

# leaks INTERVAL: records, and checks leaks.json.
leaks() {
	local name

	rm -rf "$T/rec"
	"$HOSTPROF" record -k heap --heap-interval "$1" --leak-age 2 -o "$T/rec" -- \
		"$W/leaky" 7 >"$T/out" 2>"$T/record.err" || fail "hostprof record"
	"$HOSTPROF" report -k memory --leaks "$T/rec" >"$T/leaks" 2>"$T/last.err" ||
		fail "hostprof report --leaks"
	for name in leak_steadily leak_half; do
		jq -e --arg name "$name" 'any(.stacks[]; .leak and .grows and (.stack | endswith($name)))' \
			"$T/rec/leaks.json" >/dev/null || fail "$name is not called a leak"
	done
	jq -e 'all(.stacks[] | select(.leak); .stack | test("leak_(steadily|half)$"))' \
		"$T/rec/leaks.json" >/dev/null ||
		fail "called a leak: $(jq -r '.stacks[] | select(.leak).stack' "$T/rec/leaks.json")"
	grep -q '^2 stacks leak;' "$T/leaks" || fail "the report says: $(head -n 1 "$T/leaks")"
	head -n 4 "$T/leaks"
}

# What is written goes where it should, and a reader who leaves is no error.
leaks_written() {
	local n many=()

	"$HOSTPROF" report --leaks "$T/rec" -o "$T/leaks-file" >"$T/out" 2>"$T/last.err" ||
		fail "report --leaks -o"
	cmp -s "$T/leaks" "$T/leaks-file" || fail "-o has other leaks than standard output"
	[ ! -s "$T/out" ] || fail "with -o leaks are on standard output"
	for ((n = 0; n < 200; n++)); do # more than a pipe holds
		many+=("$T/rec")
	done
	"$HOSTPROF" report --leaks "${many[@]}" 2>"$T/last.err" | head -n 1 >"$T/out"
	n=${PIPESTATUS[0]}
	[ "$n" = 0 ] || fail "a reader who left: status $n"
	[ ! -s "$T/last.err" ] || fail "a reader who left: $(head -n 1 "$T/last.err")"
}

leaks 1
leaks_written
jq -e '[.stacks[] | select(.stack | endswith("cache_fill")).old_bytes] | add == 400 * 4096' \
	"$T/rec/leaks.json" >/dev/null || fail "the cache that was filled once is not kept memory"
jq -e '[.stacks[] | select(.stack | endswith("cache_replace")).inuse_objects] |
	add <= 400' "$T/rec/leaks.json" >/dev/null || fail "the replaced cache"
# Of all that was left, in the time that it ran: 4096 bytes each 5 ms and what a sleep takes longer.
rate=$(jq '[.stacks[] | select(.stack | endswith("leak_steadily")).bytes_per_minute] | add' \
	"$T/rec/leaks.json")
bytes=$(jq '[.stacks[] | select(.stack | endswith("leak_steadily")).inuse_bytes] | add' \
	"$T/rec/leaks.json")
near "growth a minute" "$rate" "$(jq --argjson bytes "$bytes" \
	'$bytes * 60 / (.duration_ns / 1e9 - 0.3)' "$T/rec/leaks.json")" 25
leaks 32768
