#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: what Go's runtime does on its system stacks for a goroutine (memory, maps, growing stacks)
# goes on to that goroutine, and so does C, also out of functions that C calls back; every return
# address follows a call. As built, position independent, and without symbols and .debug_frame.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../instant/unwind.sh
. "$ROOT/tests/instant/unwind.sh"
need_root
need jq go

go_build() {
	(cd "$PROGRAMS" && HOME=$T GOCACHE=$T/go GOPROXY=off GO111MODULE=off go build "$@") ||
		fail "go build $*"
}

# served DIR: what ran on a system stack for somebody has a goroutine's bottom, or the program's.
served() {
	local all=0 found=0

	all=$(stacks_sum "$1" '$2 ~ /;runtime\.systemstack/')
	found=$(stacks_sum "$1" '$2 ~ /^runtime\.(goexit|rt0_go|_rt0).*;runtime\.systemstack/')
	at_least "samples below systemstack" "$all" 20
	at_least "percent of them on a goroutine" "$(percent "$found" "$all")" 98
	at_least "samples of memory for main.allocate" "$(stacks_sum "$1" \
		'$2 ~ /;runtime\.main;main\.main;main\.allocate.*;runtime\.systemstack/')" 10
	at_least "samples of growing stacks of main.dive" "$(stacks_sum "$1" \
		'$2 ~ /;main\.dive(;main\.dive)*;runtime\.morestack.*;runtime\.newstack/')" 5
}

for way in "" -buildmode=pie "-ldflags=-s -w"; do
	echo "go build $way"
	go_build ${way:+"$way"} -o "$T/system" system.go
	record "$T/rec" -F 999 -- "$T/system" 2
	# Without tables frame pointers are followed, and while a stack is copied they lead into the
	# old one.
	complete "$T/rec" 99 "$([ "${way#-ld}" = "$way" ] || echo no_frame_pointer)"
	follow_calls "$T/rec"
	served "$T/rec"
done

[ "$(go env CGO_ENABLED)" = 1 ] || exit 0
chain='runtime\.goexit.*;main\.main;main\.callBack;main\._Cfunc_c_back.*;runtime\.asmcgocall'
chain+='[^;]*;c_back;goBack;crosscall2;runtime\.cgocallback.*;main\.goBack'
for way in "" -buildmode=pie; do
	echo "cgo, go build $way"
	go_build ${way:+"$way"} -o "$T/callback" callback.go
	record "$T/rec" -F 999 -- "$T/callback" 1
	complete "$T/rec" 98
	follow_calls "$T/rec"
	all=$(stacks_sum "$T/rec" '$2 ~ /;c_leaf$|;main\.inGo$/')
	at_least "samples in C called from Go" "$(stacks_sum "$T/rec" \
		'$2 ~ /;main\.main;main\.callC;.*;runtime\.asmcgocall[^;]*;c_work;c_leaf$/')" $((all / 5))
	at_least "samples in Go called from C" \
		"$(stacks_sum "$T/rec" "\$2 ~ /^$chain;main\\.inGo\$/")" $((all / 5))
	at_least "samples in C called from that" \
		"$(stacks_sum "$T/rec" "\$2 ~ /^$chain;.*;c_work;c_leaf\$/")" $((all / 5))
done
