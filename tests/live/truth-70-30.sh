#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: 70 and 30 percent of CPU time in two functions come out as 70 and 30 (+-3 points), in
# hostprof's own report and in go tool pprof, and the whole call chain is there.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need jq go

record "$T/rec" -F 999 -- "$W/burn" 3 70
read -r _ a _ b < <(grep '^hot_a' "$T/record.out")
truth=$(percent "$a" $((a + b)))

rows "$T/rec" function >"$T/rows"
self_a=$(awk -F '\t' '$3 == "hot_a" { print $1 }' "$T/rows")
self_b=$(awk -F '\t' '$3 == "hot_b" { print $1 }' "$T/rows")
share=$(percent "${self_a:-0}" $((${self_a:-0} + ${self_b:-0})))
within "hot_a of both, report" "$share" "$truth" 3
within "hot_a of both, report" "$share" 70 3

samples "$T/rec/cpu.pb.gz" >"$T/tsv"
all=$(sum <"$T/tsv")
chain_a=$(sum '$7 ~ /(^|;)hot_a;middle;outer;main(;|$)/' <"$T/tsv")
chain_b=$(sum '$7 ~ /(^|;)hot_b;middle;outer;main(;|$)/' <"$T/tsv")
within "chains to hot_a of all samples" "$(percent "$chain_a" "$all")" "$truth" 3
within "chains to hot_b of all samples" "$(percent "$chain_b" "$all")" 30 3

go_pprof -top "$T/rec/cpu.pb.gz" >"$T/top" || fail "go tool pprof -top: $(cat "$T/pprof.err")"
top=$(awk '$NF == "hot_a" { sub("%", "", $2); print $2 }' "$T/top")
within "hot_a in go tool pprof -top" "${top:-0}" 70 3
