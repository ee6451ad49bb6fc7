#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: of a whole-host recording, the shares of two processes that compete for one CPU are those
# of their /proc/PID/stat (+-5 points).
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need jq go taskset

cpu=$(($(nproc) - 1))
background taskset -c $cpu "$W/burn" 60
one=$LAST
background taskset -c $cpu nice -n 3 "$W/burn" 60
two=$LAST
burns 100 "$one" "$two"
record_start "$T/rec" -F 999 -d 4
one_before=$(cpu_ticks "$one") two_before=$(cpu_ticks "$two")
wait "$RECORDER" || fail "hostprof record ended with status $?"
one_ticks=$(($(cpu_ticks "$one") - one_before)) two_ticks=$(($(cpu_ticks "$two") - two_before))

samples "$T/rec/cpu.pb.gz" >"$T/tsv"
one_ns=$(sum_ns "\$3 == $one" <"$T/tsv") two_ns=$(sum_ns "\$3 == $two" <"$T/tsv")
at_least "samples of both, ns" $((one_ns + two_ns)) 1000000000
within "share of the first" "$(percent "$one_ns" $((one_ns + two_ns)))" \
	"$(percent $one_ticks $((one_ticks + two_ticks)))" 5

# The same by the report's rows, which are made from the same samples.
rows "$T/rec" process >"$T/rows"
grep -w "$one" "$T/rows" | grep -q burn || fail "the report has no row for burn, pid $one"
