#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: the distribution's python3, built without frame pointers and stripped: 99 percent of its
# stacks reach _start, through Py_BytesMain; every return address follows a call; the walk gives the
# same frames as libdw does for the same instants.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../instant/unwind.sh
. "$ROOT/tests/instant/unwind.sh"
need_root
need jq "$PYTHON"

record "$T/rec" -F 499 -- "$PYTHON" "$PROGRAMS/burn.py" 3
complete "$T/rec" 99
all=$(walkable "$T/rec")
at_least "percent from _start on" "$(percent "$(stacks_sum "$T/rec" '$2 ~ /^_start;/')" "$all")" 99
at_least "percent through Py_BytesMain" \
	"$(percent "$(stacks_sum "$T/rec" '$2 ~ /^_start;.*;Py_BytesMain;/')" "$all")" 98
follow_calls "$T/rec"
equal --seconds 3 -- "$PYTHON" "$PROGRAMS/burn.py" 2
