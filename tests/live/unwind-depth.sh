#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: a recursion of 100 compiled without frame pointers is recorded with just these frames, and
# frames of changing size to the last one: dynamically linked, static, static-pie, at a fixed
# address and stripped; libdw gives the same frames for the same instants.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../instant/unwind.sh
. "$ROOT/tests/instant/unwind.sh"
need_root
need jq "${CC:-cc}"

frames_build pie -fPIE -pie
frames_build fixed -no-pie -fno-pie
frames_build static -static
frames_build static-pie -static-pie
for how in pie fixed static static-pie; do
	echo "$how"
	record "$T/rec" -F 499 -- "$T/$how" deep 0.7 100
	complete "$T/rec" 98
	exact=$(stacks_sum "$T/rec" '$2 ~ /^_start;.*;main;/ && gsub(/;deep/, "", $2) == 101')
	at_least "percent with 101 frames of deep()" \
		"$(percent "$exact" "$(walkable "$T/rec")")" 98
	follow_calls "$T/rec"
	equal --seconds 1 -- "$T/$how" deep 0.5 100
done
strip -s "$T/pie"
record "$T/rec" -F 499 -- "$T/pie" alloca 0.7
complete "$T/rec" 98
# spin, eleven pairs of many and dynamic, main, two of the C library, _start.
at_least "percent of the stripped program with 27 frames" "$(percent \
	"$(stacks_sum "$T/rec" 'gsub(/;/, ";", $2) == 27 - 1')" "$(walkable "$T/rec")")" 97
equal --seconds 1 -- "$T/pie" alloca 0.5
