#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: a process that asks for a million allocations a second (or as many as fit beside the traps)
# can be watched for as long as one likes: hostprof's memory stays where it was, nothing is lost
# without being counted, and the process is unchanged: each of its blocks holds what it wrote, and
# when it is over its C library's code is what is in the file.
#
# SOAK_SECONDS: how long (12; `make soak`: 600)
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need jq

seconds=${SOAK_SECONDS:-12}
"$W/storm" $((seconds + 5)) 1000000 >"$T/storm" &
storm=$!
sleep 1
"$HOSTPROF" record -q -k heap --heap-interval 65536 -d "$seconds" -p $storm -o "$T/rec" \
	2>"$T/record.err" &
recorder=$!
end=$((SECONDS + seconds - 1))
while kill -0 $recorder 2>/dev/null; do
	[ $SECONDS -ge $end ] || awk '/^VmRSS/ { print $2 }' /proc/$recorder/status >>"$T/rss"
	sleep 0.5
done
wait $recorder || fail "hostprof record"

# In the second half of the recording it needs no more than in the first; at its end it reads names.
n=$(wc -l <"$T/rss")
[ "$n" -ge $((seconds - 2)) ] || fail "$n looks at its memory in $seconds s"
first=$(head -n $((n / 2)) "$T/rss" | sort -n | tail -n 1)
most=$(sort -n "$T/rss" | tail -n 1)
peak=$(summary "$T/rec" '.overhead.rss_bytes / 1024 | floor')
awk -v a="$first" -v b="$most" 'BEGIN { exit !(b <= a * 1.05 + 1024) }' ||
	fail "hostprof grew from $first to $most kB"
[ "$peak" -lt 65536 ] || fail "hostprof needed $peak kB"

# Each executable byte of the C library that the process has.
while read -r range _ offset _ _ path; do
	from=$((16#${range%-*})) size=$((16#${range#*-} - 16#${range%-*}))
	cmp <(dd if=/proc/$storm/mem bs=4096 skip=$((from / 4096)) count=$((size / 4096)) \
		2>/dev/null) <(dd if="$path" bs=4096 skip=$((16#$offset / 4096)) \
		count=$((size / 4096)) 2>/dev/null) >"$T/last.err" 2>&1 ||
		fail "the code of $path is not what is in the file"
	compared=$((${compared:-0} + size))
done < <(grep 'r-xp.*libc\.so' /proc/$storm/maps)
[ "${compared:-0}" -gt 0 ] || fail "no code was compared"
wait $storm || fail "the process found its memory changed: $(cat "$T/storm")"
jq -e '.kinds.heap | .attempted == .delivered + ([.lost[]] | add)' "$T/rec/summary.json" \
	>/dev/null || fail "the sums do not balance: $(summary "$T/rec" .kinds.heap)"
at_least "percent of samples delivered" "$(percent "$(summary "$T/rec" .kinds.heap.delivered)" \
	"$(summary "$T/rec" .kinds.heap.attempted)")" 99
traps=$(summary "$T/rec" .overhead.traps)
echo "$seconds s: $((traps / seconds)) traps a second, $(cut -d ' ' -f 1 "$T/storm") allocations," \
	"hostprof $first to $most kB, $peak with names, $compared bytes of code unchanged"
