#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: in Go programs, whose own code handlers return to, the stack of a handler goes on in what
# it interrupted, under a storm of signals and of preempted goroutines; every other return address
# follows a call.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../instant/unwind.sh
. "$ROOT/tests/instant/unwind.sh"
need_root
need jq go

(cd "$PROGRAMS" && HOME=$T GOCACHE=$T/go GOPROXY=off GO111MODULE=off \
	go build -o "$T/storm" storm.go &&
	HOME=$T GOCACHE=$T/go GOPROXY=off GO111MODULE=off \
		go build -ldflags '-s -w' -o "$T/storm-stripped" storm.go) ||
	fail "storm.go does not compile"
record "$T/rec" -F 999 -- "$T/storm" 1
# The runtime's scheduler runs on stacks that its assembler has switched to: they end in the open.
complete "$T/rec" 95 bad_return_address
follow_calls "$T/rec"
at_least "frames that handlers return to" "$(awk '/signal handlers return/ { print $1 }' \
	"$T/calls")" 15
at_least "samples of handlers whose stack ends at a goroutine or thread" "$(stacks_sum "$T/rec" \
	'$2 ~ /^runtime\.(goexit|mstart|clone|rt0_go).*;runtime\.sigreturn.*;runtime\.sigtramp/')" 15

# Without symbols and .debug_frame: by its bytes alone. Where a handler begins it has not yet kept
# the frame pointer, so few stacks show where it returns to; those that do not may end there.
record "$T/rec" -F 999 -- "$T/storm-stripped" 1
complete "$T/rec" 70
"$BUILD/tests/instant/calls" "$T/rec/cpu.pb.gz" >"$T/calls" # goroutines' bottoms have no names
at_least "frames that handlers return to" "$(awk '/signal handlers return/ { print $1 }' \
	"$T/calls")" 1
