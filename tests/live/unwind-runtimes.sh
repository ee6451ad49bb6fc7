#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: what runs in languages' runtimes. 98 percent of Go's stacks reach the bottom. node's
# compiled code is walked by frame pointer: 95 percent. java with -XX:+PreserveFramePointer: 95
# percent; HotSpot's default code keeps no frame pointer, so its stacks end early, and each of them
# says why, and what to do.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../instant/unwind.sh
. "$ROOT/tests/instant/unwind.sh"
need_root
need jq

# remedy DIR WORDS: they say what to do about frames without a frame pointer, and the terminal too.
remedy() {
	local said

	said=$(summary "$1" '.kinds.cpu.stacks.remedies.no_frame_pointer // "nothing"')
	[ "$said" = "$2" ] || fail "remedy: $said, not: $2"
	tr -s ' \n' ' ' <"$T/record.err" | grep -qF -e "$2" || fail "the terminal does not say: $2"
	echo "  remedy: $said"
}

# Code that has neither gets the other remedy.
${CC:-cc} -O2 -fomit-frame-pointer -fno-asynchronous-unwind-tables -fno-unwind-tables \
	-fno-optimize-sibling-calls -pthread -o "$T/bare" "$PROGRAMS/storm.c" ||
	fail "storm.c does not compile"
record "$T/rec" -F 499 -- "$T/bare" 1
echo "no unwind tables"
reasons "$T/rec"
remedy "$T/rec" "build it with -fno-omit-frame-pointer or unwind tables"

tried=0
if command -v go >/dev/null; then
	(cd "$PROGRAMS" && HOME=$T GOCACHE=$T/go GOPROXY=off GO111MODULE=off \
		go build -o "$T/burn-go" burn.go) || fail "burn.go does not compile"
	record "$T/rec" -F 499 -- "$T/burn-go" 1
	echo "go"
	complete "$T/rec" 98
	follow_calls "$T/rec"
	tried=1
fi
if command -v node >/dev/null; then
	record "$T/rec" -F 499 -- node "$PROGRAMS/burn.js" 1
	echo "node"
	complete "$T/rec" 95
	follow_calls "$T/rec"
	tried=1
fi
if command -v javac >/dev/null; then
	javac -d "$T" "$PROGRAMS/Burn.java" || fail "Burn.java does not compile"
	record "$T/rec" -F 499 -- java -XX:+PreserveFramePointer -cp "$T" Burn 1
	echo "java with frame pointers"
	complete "$T/rec" 95
	follow_calls "$T/rec"
	record "$T/rec" -F 499 -- java -cp "$T" Burn 1
	echo "java"
	reasons "$T/rec"
	# Nothing is missing from the counts: a stack is complete, or it has a reason.
	[ "$(summary "$T/rec" '.kinds.cpu | (.stacks.complete + ([.stacks.truncated[]] | add)) >=
		.delivered')" = true ] || fail "stacks without an end"
	at_least "stacks cut short, for lack of a frame pointer" "$(summary "$T/rec" \
		'.kinds.cpu.stacks.truncated | .no_frame_pointer + .bad_return_address')" 50
	remedy "$T/rec" "java: run it with -XX:+PreserveFramePointer"
	tried=1
fi
[ $tried = 1 ] || skip "neither go nor node nor java is installed"
