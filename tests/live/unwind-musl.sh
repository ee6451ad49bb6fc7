#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: the stacks of programs with musl's C library, which has no call frame information, are
# complete: main's, a thread's, and those of a handler under a storm of signals; static, static and
# stripped, and dynamic. Every return address follows a call.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../instant/unwind.sh
. "$ROOT/tests/instant/unwind.sh"
need_root
need jq musl-gcc

build() {
	musl-gcc -O2 -fomit-frame-pointer -fno-optimize-sibling-calls "$@" "$PROGRAMS/storm.c" ||
		fail "storm.c does not compile with: $*"
}

share() {
	at_least "percent $1" "$(percent "$(stacks_sum "$T/rec" "\$2 ~ /$2/")" \
		"$(walkable "$T/rec")")" "$3"
}

build -static -o "$T/static"
build -static -s -o "$T/stripped"
build -o "$T/dynamic"
for how in static stripped dynamic; do
	echo "$how"
	record "$T/rec" -F 999 -- "$T/$how" 1
	complete "$T/rec" 98
	follow_calls "$T/rec"
	at_least "frames that handlers return to" "$(awk '/signal handlers return/ { print $1 }' \
		"$T/calls")" 20
	[ $how = stripped ] && continue
	share "of main" '^[^;]*;main;work' 20
	share "of the thread" '^[^;]*;run_thread;work' 20
	share "of the handler" '^[^;]*;(main|run_thread);work(;spin)?;[^;]*;handle' 4
done
