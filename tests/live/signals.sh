#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: Ctrl-C and SIGTERM are a normal end: status 0, all files written, nothing left in the
# kernel, and what ran until then is in the profile.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need jq go bpftool

leftovers_mark
background "$W/burn" 60
burner=$LAST
for signal in INT TERM; do
	record_start "$T/rec" -F 499
	burns 700 "$burner"
	record_stop $signal
	[ -s "$T/rec/cpu.pb.gz" ] || fail "SIG$signal: no cpu.pb.gz"
	grep -q '</html>' "$T/rec/report.html" || fail "SIG$signal: no whole report.html"
	jq -e '.kinds.cpu.status == "ok"' "$T/rec/summary.json" >/dev/null ||
		fail "SIG$signal: no complete summary.json"
	at_least "SIG$signal: samples of the workload" \
		"$(samples "$T/rec/cpu.pb.gz" | sum '$5 == "burn"')" 200
done

# Ctrl-C in a terminal reaches the command too: its end is recorded, and the status is the
# command's own (128 + 2).
rm -rf "$T/rec"
setsid --wait bash -c 'trap - INT; exec "$@"' - env --default-signal=INT "$HOSTPROF" record -k cpu \
	-o "$T/rec" -- "$W/burn" 60 >"$T/record.out" 2>"$T/record.err" &
group=$!
started+=("$group")
leader() { pgrep -f "^$HOSTPROF record -k cpu -o $T/rec" | head -n 1; }
until_true 10 leader || fail "hostprof does not start"
pid=$(leader)
until_true 10 is_recording "$pid" || fail "hostprof does not start to sample"
sleep 0.5
kill -INT -- "-$(ps -o pgid= -p "$pid" | tr -d ' ')"
wait $group
status=$?
[ $status = 130 ] || [ $status = 0 ] || fail "Ctrl-C with a command: status $status"
[ -s "$T/rec/cpu.pb.gz" ] || fail "Ctrl-C with a command: no cpu.pb.gz"
nothing_left
