#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: below --max-overhead the heap's probes are attached in windows only, and what is printed of
# a service is within 3 of its own standard errors of what the service counted, bytes and objects,
# and so is the profile; tracked all the time it is too. All of hostprof costs less than the limit.
# What is in use is said to be an upper bound, and is one; a limit that is not needed changes nothing.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need jq

# service LIMIT RATE: records; sets $objects and $bytes to what it counted.
service() {
	rm -rf "$T/rec"
	"$HOSTPROF" record -k heap --heap-interval 32768 ${1:+--max-overhead "$1"} -o "$T/rec" -- \
		"$W/service" 10 "$2" >"$T/truth" 2>"$T/record.err" || fail "hostprof record"
	objects=$(awk '{ n += $2 } END { print n }' "$T/truth")
	bytes=$(awk '{ n += $3 } END { print n }' "$T/truth")
}

# heap TYPE: the profile's sum.
heap() {
	"$HOSTPROF" report "$T/rec" -k heap --value "$1" -n 0 --format json | jq .total
}

service "" 4000
near "alloc_space, all of the time" "$(heap alloc_space)" "$bytes" 6
service 3 4000
summary "$T/rec" '.heap | tostring'
for what in bytes objects; do
	truth=$bytes
	[ $what = bytes ] || truth=$objects
	got=$(summary "$T/rec" ".heap.alloc_$what") error=$(summary "$T/rec" ".heap.alloc_${what}_error")
	near "$what" "$got" "$truth" "$(jq -n "300 * $error / $truth")"
	at_least "percent of what is told that its error is not" \
		"$(jq -n "100 - 100 * $error / $got | floor")" 60
done
near "alloc_space of the profile" "$(heap alloc_space)" "$(summary "$T/rec" .heap.alloc_bytes)" 1
summary "$T/rec" .overhead.percent_of_host | awk '{ exit !($1 < 3) }' ||
	fail "it cost $(summary "$T/rec" .overhead.percent_of_host) %"
grep -q "windows at random" "$T/record.err" || fail "windows are not told"
if [ "$(summary "$T/rec" .heap.frees_missed)" = true ]; then
	kept=$(awk '{ n += $5 } END { print n }' "$T/truth")
	at_least "percent of what is in use that is told to be" "$(percent "$(heap inuse_space)" "$kept")" 60
	jq -e '.at_most and all(.stacks[]; .leak | not)' "$T/rec/leaks.json" >/dev/null ||
		fail "something is called a leak though not all frees were seen"
fi
service 50 200
summary "$T/rec" .heap | grep -q null || fail "windows without need"
near "alloc_space below the limit" "$(heap alloc_space)" "$bytes" 12
