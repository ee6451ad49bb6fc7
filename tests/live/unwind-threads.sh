#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: stacks of threads reach where the thread began; those through a library loaded by dlopen,
# through the vDSO, and of a vfork's child that runs on its parent's memory, reach _start.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../instant/unwind.sh
. "$ROOT/tests/instant/unwind.sh"
need_root
need jq "${CC:-cc}"

frames_build frames
${CC:-cc} -O2 -fomit-frame-pointer -shared -fPIC -o "$T/library.so" "$PROGRAMS/library.c" ||
	fail "library.c does not compile"

# expect WHAT PATTERN MODE [ARGUMENT]: 95 percent of the samples have stacks like PATTERN, and 97
# are complete.
expect() {
	local what=$1 pattern=$2 mode=$3

	shift 3
	record "$T/rec" -F 499 -- "$T/frames" "$mode" 1.2 "$@"
	complete "$T/rec" 97
	at_least "percent $what" "$(percent "$(stacks_sum "$T/rec" "\$2 ~ /$pattern/")" \
		"$(walkable "$T/rec")")" 95
	follow_calls "$T/rec"
}

# The C library's own symbols may be stripped: clone3 and start_thread.
bottom='^(__)?(clone3?|libc\.so\.6\+0x[0-9a-f]+);(start_thread|libc\.so\.6\+0x[0-9a-f]+)'
expect "in threads" "$bottom;run_thread;deep;deep;deep;deep;spin$" threads
expect "through a library" '^_start;.*;main;(run_dlopen;)?library_call;library_inner;spin$' \
	dlopen "$T/library.so"
expect "in vfork's child" '^_start;.*;main;(run_vfork|.*vfork)' vfork
record "$T/rec" -F 499 -- "$T/frames" clock 0.8
complete "$T/rec" 98
at_least "samples in the vDSO, from _start on" \
	"$(stacks_sum "$T/rec" '$2 ~ /^_start;.*main;.*(;__vdso_[^;]*|;\[vdso\][^;]*)$/')" 100
follow_calls "$T/rec"
equal --seconds 1 -- "$T/frames" threads 0.7
equal --seconds 1 -- "$T/frames" clock 0.7
# vfork keeps its return address in a register: the shell uses it for each program.
equal --seconds 3 --hz 4999 -- sh -c 'while :; do /bin/true; done'
