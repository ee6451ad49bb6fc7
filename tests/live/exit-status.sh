#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: the status is the command's own; 128 + N when a signal ended it, 127 with one clear line
# when there is no such command, 126 when it cannot be executed; its output and input are its own.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need jq go

# status WANTED COMMAND...
status() {
	local wanted=$1 got

	shift
	rm -rf "$T/rec"
	"$HOSTPROF" record -k cpu -q -o "$T/rec" -- "$@" >"$T/last.out" 2>"$T/last.err"
	got=$?
	[ $got = "$wanted" ] || fail "$*: status $got, expected $wanted"
}

status 0 true
status 7 sh -c 'exit 7'
[ -s "$T/rec/cpu.pb.gz" ] || fail "nothing was written for a command that failed"
status 1 false
status 137 sh -c 'kill -9 $$'
status 143 sh -c 'kill -15 $$'
status 127 "$T/no-such-command"
[ "$(wc -l <"$T/last.err")" = 1 ] || fail "no such command: not one line on stderr"
grep -q "no-such-command" "$T/last.err" || fail "no such command: the line does not name it"
[ ! -e "$T/rec/cpu.pb.gz" ] || fail "no such command: a profile was written all the same"
echo 'echo hello' >"$T/not-executable"
status 126 "$T/not-executable"
[ "$(wc -l <"$T/last.err")" = 1 ] || fail "not executable: not one line on stderr"

out=$(echo "through the pipe" | "$HOSTPROF" record -k cpu -o "$T/rec2" -- cat 2>"$T/last.err")
[ "$out" = "through the pipe" ] || fail "the command's stdout has more than its own: $out"
