#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: deep stacks are whole up to 127 frames, a deeper one is cut there and counted as cut, and
# --max-depth cuts earlier.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need jq go

# user_frames FILE: "count frames descends reaches-main" for each sample that is in bottom().
user_frames() {
	samples "$1" | awk -F '\t' '$7 ~ /(^|;)bottom(;|$)/ {
		n = split($7, frame, ";"); user = descends = whole = 0
		for (i = 1; i <= n; i++) {
			user += frame[i] !~ /_\[k\]$/
			descends += frame[i] == "descend"
			whole += frame[i] == "main"
		}
		print $1, user, descends, whole }'
}

cut_stacks() {
	summary "$1" '[.kinds.cpu.stacks.truncated[]] | add'
}

record "$T/rec" -F 999 -- "$W/recurse" 100 0.5
user_frames "$T/rec/cpu.pb.gz" >"$T/frames"
good=$(awk '$3 == 100 && $4 == 1 { n += $1 } END { print n + 0 }' "$T/frames")
all=$(awk '{ n += $1 } END { print n + 0 }' "$T/frames")
near "stacks with 100 recursions and main" "$good" "$all" 2
at_least "samples" "$all" 300

record "$T/rec" -F 999 -- "$W/recurse" 300 0.5
user_frames "$T/rec/cpu.pb.gz" >"$T/frames"
deepest=$(sort -k2,2n "$T/frames" | tail -n 1 | cut -d ' ' -f 2)
[ "$deepest" = 127 ] || fail "the deepest stack has $deepest user frames, not 127"
at_least "cut stacks that are counted" "$(cut_stacks "$T/rec")" 300

record "$T/rec" -F 999 --max-depth 16 -- "$W/recurse" 100 0.5
user_frames "$T/rec/cpu.pb.gz" >"$T/frames"
deepest=$(sort -k2,2n "$T/frames" | tail -n 1 | cut -d ' ' -f 2)
[ "$deepest" = 16 ] || fail "--max-depth 16: the deepest stack has $deepest user frames"
at_least "--max-depth 16: cut stacks that are counted" "$(cut_stacks "$T/rec")" 300
