#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: of memory that is touched for the first time the growth profile has every byte (2 %), at
# the stacks that touched it (4 sigma of what was sampled): small and huge pages, from
# several threads, by a system call, and by a child that writes to what it shares; what reads of
# files bring into the page cache is not in it.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need jq go python3

# grow JOB...: records it; its samples are in $T/tsv then.
grow() {
	rm -rf "$T/rec"
	"$HOSTPROF" record -k growth -o "$T/rec" -- "$W/grow" "$@" >"$T/truth" 2>"$T/record.err" ||
		fail "hostprof record -- grow $* ended with status $?"
	samples "$T/rec/growth.pb.gz" >"$T/tsv"
	jq -e '.kinds.growth | .attempted == .delivered + ([.lost[]] | add) and
		([.lost[]] | add) == 0' "$T/rec/summary.json" >/dev/null ||
		fail "samples were lost: $(summary "$T/rec" .kinds.growth)"
}

# at FUNCTION MB OF: what was touched below it, of OF MB. A sample of n points has a sigma of
# 1 / sqrt(n).
at() {
	near "bytes below $1" "$(sum_ns "\$7 ~ /;$1;/" <"$T/tsv")" $(($2 << 20)) "$(awk \
		-v n="$(($(summary "$T/rec" .kinds.growth.delivered) * $2 / $3))" \
		'BEGIN { print 400 / sqrt(n) }')"
}

grow first:600 second:200
near "bytes of all" "$(sum_ns <"$T/tsv")" $((800 << 20)) 2
at grow_first 600 800
at grow_second 200 800
near "bytes by process" "$(jq '[.growth.processes[] | select(.comm == "grow")][0].given_bytes' \
	"$T/rec/summary.json")" $((800 << 20)) 2

grow -t first:300 second:300 first:300 second:300
near "bytes of four threads" "$(sum_ns <"$T/tsv")" $((1200 << 20)) 2
at grow_first 600 1200
at grow_second 600 1200

grow huge:400 syscall:200
near "bytes of huge pages and of a system call" "$(sum_ns <"$T/tsv")" $((600 << 20)) 2
at grow_syscall 200 600

grow cow:200
near "bytes of parent and child" "$(sum_ns <"$T/tsv")" $((400 << 20)) 2
at grow_cow 200 400

# 200 MB of a file through the page cache.
dd if=/dev/zero of="$T/file" bs=1M count=200 2>/dev/null
sync "$T/file"
dd of="$T/file" oflag=nocache conv=notrunc,fdatasync count=0 2>/dev/null
rm -rf "$T/rec"
"$HOSTPROF" record -k growth -o "$T/rec" -- cat "$T/file" >/dev/null 2>"$T/record.err" ||
	fail "hostprof record -- cat ended with status $?"
samples "$T/rec/growth.pb.gz" >"$T/tsv"
got=$(sum_ns <"$T/tsv")
[ "$got" -lt $((8 << 20)) ] || fail "a read file counts as growth: $got bytes"
echo "growth of a process that reads 200 MB: $got bytes"

# Of a process that keeps what it was given the resident set has grown by as much.
background python3 -c 'import os, sys, time
while not os.path.exists(sys.argv[1]): time.sleep(0.01)
a = b"x" * (100 << 20)
open(sys.argv[2], "w").close()
time.sleep(60)' "$T/begin" "$T/done"
KINDS=growth
record_start "$T/rec" -p "$LAST"
touch "$T/begin"
until_true 20 test -e "$T/done" || fail "nothing is allocated: $(cat "$T/background.out")"
record_stop
near "growth of the resident set" "$(jq --argjson pid "$LAST" '.growth.processes[] |
	select(.pid == $pid) | .rss_after_bytes - .rss_before_bytes' "$T/rec/summary.json")" \
	"$(jq --argjson pid "$LAST" '.growth.processes[] | select(.pid == $pid).given_bytes' \
		"$T/rec/summary.json")" 5
