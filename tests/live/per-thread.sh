#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: with --per-thread each thread has its own samples under its id and name, in proportion to
# the CPU time it used; without it there is no thread label.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need jq go

record "$T/rec" -F 999 --per-thread -- "$W/threads" 3 0.3
samples "$T/rec/cpu.pb.gz" >"$T/tsv"
grep worker- "$T/record.out" >"$T/truth" || fail "the workload printed nothing"
while read -r tid name ns; do
	near "$name" "$(sum_ns "\$4 == $tid && \$6 == \"$name\"" <"$T/tsv")" "$ns" 10
	[ "$(awk -F '\t' "\$4 == $tid && \$5 != \"threads\"" "$T/tsv")" = "" ] ||
		fail "$name: comm is not the process's name"
done <"$T/truth"
[ "$(cut -f 3 "$T/tsv" | sort -u | wc -l)" = 1 ] || fail "one process has several pids"

rows "$T/rec" thread | grep -q worker-3 || fail "report --by thread does not name worker-3"

record "$T/rec" -F 499 -- "$W/threads" 2 0.1
samples "$T/rec/cpu.pb.gz" >"$T/tsv"
[ "$(awk -F '\t' '$4 != "" || $6 != ""' "$T/tsv")" = "" ] ||
	fail "there are thread labels without --per-thread"
