#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: mappings that change are seen as they are: two libraries that take turns at one address
# are never mistaken for each other, and stacks stay whole while another thread maps and unmaps
# without pause.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../instant/unwind.sh
. "$ROOT/tests/instant/unwind.sh"
need_root
need jq "${CC:-cc}"

frames_build frames
step=1
for turn in one two; do
	${CC:-cc} -O2 -fomit-frame-pointer -shared -fPIC -DINNER=inner_$turn -DSTEP=$step \
		-o "$T/$turn.so" "$PROGRAMS/library.c" || fail "library.c does not compile"
	step=2
done
record "$T/rec" -F 1999 -- "$T/frames" swap 2 "$T/one.so" "$T/two.so"
complete "$T/rec" 98
for turn in one two; do
	at_least "samples below inner_$turn" "$(stacks_sum "$T/rec" \
		"\$2 ~ /^_start;.*;turn;library_call;inner_$turn;leaf_$turn;spin_briefly/")" 500
done
[ "$(stacks_sum "$T/rec" '$2 ~ /inner_one;leaf_two|inner_two;leaf_one/')" = 0 ] ||
	fail "a library was taken for the one that was at its place before"
follow_calls "$T/rec"

record "$T/rec" -F 1999 -- "$T/frames" churn 2
complete "$T/rec" 99
at_least "percent of the other thread's stacks with 21 frames of deep()" "$(percent \
	"$(stacks_sum "$T/rec" '$2 ~ /^_start;.*;main;/ && gsub(/;deep/, "", $2) == 21')" \
	"$(stacks_sum "$T/rec" '$2 ~ /;deep/ || $2 ~ /^spin$/')")" 98
follow_calls "$T/rec"
