#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: kill -9 leaves nothing behind: no program, link, map, pin or file, and the next recording
# works.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need jq go bpftool

leftovers_mark
find /tmp /dev/shm /run -maxdepth 1 -name '*hostprof*' 2>/dev/null | sort >"$T/files.before"
mkdir "$T/here"
cd "$T/here" || exit 1
for target in host command; do
	if [ $target = host ]; then
		record_start "$T/here/rec" -F 999
	else
		record_start "$T/here/rec" -F 999 -- "$W/burn" 1
	fi
	bpftool prog show | grep -q ' name hp_' || fail "no program of ours is loaded: is it named?"
	sleep 0.5
	kill -9 "$RECORDER"
	wait "$RECORDER" 2>/dev/null
	nothing_left
	left=$(find "$T/here" -type f)
	[ -z "$left" ] || fail "files were left: $left"
	find /tmp /dev/shm /run -maxdepth 1 -name '*hostprof*' 2>/dev/null | sort |
		comm -13 "$T/files.before" - >"$T/files.new"
	[ ! -s "$T/files.new" ] || fail "files were left: $(cat "$T/files.new")"
done
cd / || exit 1
record "$T/here/rec" -F 999 -- "$W/burn" 0.3
at_least "samples of the next recording" "$(samples "$T/here/rec/cpu.pb.gz" | sum)" 200
nothing_left
