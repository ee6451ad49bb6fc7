#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: processes that live for 50 ms, each gone long before the end of a recording of the whole
# host, keep their pid, name and functions, and have their CPU time (+-10 %).
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need jq go

record_start "$T/rec" -F 999
: >"$T/pids"
for ((i = 0; i < 20; i++)); do
	"$W/short" 50 &
	echo $! >>"$T/pids"
	wait $!
done
record_stop
samples "$T/rec/cpu.pb.gz" | awk -F '\t' '
	NR == FNR { ours[$1]; next }
	$3 in ours' "$T/pids" - >"$T/tsv"
seen=$(awk -F '\t' '$5 == "short" && $7 ~ /short_spin;main/ { pid[$3] }
	END { for (p in pid) n++; print n + 0 }' "$T/tsv")
[ "$seen" = 20 ] || fail "$seen of 20 processes have samples with their name and functions"
near "CPU time of all" "$(sum_ns '$5 == "short"' <"$T/tsv")" $((20 * 51000000)) 10
at_least "percent of samples with short_spin;main" "$(percent \
	"$(sum '$7 ~ /(^|;)short_spin;main(;|$)/' <"$T/tsv")" "$(sum <"$T/tsv")")" 90
