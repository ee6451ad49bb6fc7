#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: a Go program: 70 and 30 percent in two functions, with the chain up to runtime.main, at
# their CPU time.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need jq go

record "$T/rec" -F 999 -- "$W/burn-go" 2
read -r _ a _ b < <(grep '^hotA' "$T/record.out")
samples "$T/rec/cpu.pb.gz" >"$T/tsv"
in_a=$(sum '$7 ~ /(^|;)main\.hotA;main\.middle;main\.main;runtime\.main(;|$)/' <"$T/tsv")
in_b=$(sum '$7 ~ /(^|;)main\.hotB;main\.middle;main\.main;runtime\.main(;|$)/' <"$T/tsv")
# It burns for so long, and not so much: a busy host leaves it less. Three sigma, in percent.
at_least "samples" $((in_a + in_b)) 500
within "main.hotA of both" "$(percent "$in_a" $((in_a + in_b)))" "$(percent "$a" $((a + b)))" \
	"$(awk -v n=$((in_a + in_b)) 'BEGIN { print 300 * sqrt(0.21 / n) }')"
at_least "percent of all samples with the whole chain" \
	"$(percent $((in_a + in_b)) "$(sum <"$T/tsv")")" 90
