#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: the stack of a coroutine of makecontext() is complete: it ends in __start_context, which
# nothing called and whose first byte is all that the function above it knows, with the C library as
# a file of its own and within the program.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../instant/unwind.sh
. "$ROOT/tests/instant/unwind.sh"
need_root
need jq "${CC:-cc}"

for how in -pie -static; do
	frames_build frames "$how"
	record "$T/rec" -F 999 -- "$T/frames" context 2
	complete "$T/rec" 98
	at_least "percent that begin in the coroutine ($how)" "$(percent "$(stacks_sum "$T/rec" \
		'$2 ~ /^[^;]*;coroutine(;|$)/')" "$(walkable "$T/rec")")" 95
done
