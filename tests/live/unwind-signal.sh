#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: the stack of a signal handler goes on in what it interrupted, up to _start: on the same
# stack, on one of its own, and where a fault struck at the first byte of a function.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../instant/unwind.sh
. "$ROOT/tests/instant/unwind.sh"
need_root
need jq "${CC:-cc}"

frames_build frames
for how in signal altstack; do
	record "$T/rec" -F 499 -- "$T/frames" $how 1
	complete "$T/rec" 98
	at_least "percent across the signal ($how)" "$(percent "$(stacks_sum "$T/rec" \
		'$2 ~ /^_start;.*;main;run_signal;interrupted;.*;handle;spin$/')" \
		"$(walkable "$T/rec")")" 98
	follow_calls "$T/rec"
	equal --seconds 1 -- "$T/frames" $how 0.7
done
record "$T/rec" -F 499 -- "$T/frames" first 1
complete "$T/rec" 98
at_least "percent across a fault" "$(percent \
	"$(stacks_sum "$T/rec" '$2 ~ /^_start;.*;main;run_signal;.*;handle;spin$/')" \
	"$(walkable "$T/rec")")" 98
at_least "percent with the function whose first instruction was struck" "$(percent \
	"$(stacks_sum "$T/rec" '$2 ~ /;run_signal;first_byte;/')" "$(walkable "$T/rec")")" 98
follow_calls "$T/rec"
