#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs in the guest: the short live list. Tolerances are wide, since the CPUs are emulated.
# shellcheck shell=dash
PATH=/t/bin:$PATH
failed=0

check() {
	what=$1
	shift
	if "$@"; then
		echo "ok   $what"
	else
		echo "FAIL $what"
		sed 's/^/     /' /tmp/err | tail -n 20
		failed=1
	fi
}

# between A LOW HIGH
between() {
	awk -v a="$1" -v l="$2" -v h="$3" 'BEGIN { exit !(a >= l && a <= h) }' ||
		{ echo "     $1 is not between $2 and $3"; return 1; }
}

# self DIR FUNCTION: nanoseconds in that function itself.
self() {
	hostprof report "$1" -k cpu -n 100000 --format json 2>/tmp/err |
		jq -r "[.rows[] | select(.name == \"$2\") | .self] | add // 0"
}

total() {
	hostprof report "$1" -k cpu -n 1 --format json 2>/tmp/err | jq -r .total
}

# came DIR: percent of the timer ticks that came; an emulated CPU that had to wait for a real one
# has missed some.
came() {
	jq -r '.kinds.cpu.ticks | [100, 100 * .seen / ([.expected, 1] | max) | floor] | min' \
		"$1/summary.json"
}

balanced() {
	jq -e '.kinds.cpu | .status == "ok" and .attempted == .delivered + ([.lost[]] | add) and
		([.lost[]] | add) == 0' "$1/summary.json" >/dev/null ||
		{ jq -c .kinds "$1/summary.json"; return 1; }
}

leftovers() {
	bpftool prog show | grep ' name hp_'
	bpftool map show | grep ' name hp_'
	bpftool link show
	find /sys/fs/bpf -mindepth 1
}

doctor() {
	hostprof doctor --json >/tmp/doctor 2>/tmp/err
	jq -e 'all(.kinds[]; .status == "ok")' /tmp/doctor >/dev/null
}

# Every page is counted.
growth() {
	hostprof record -k memory -o growth -- grow first:40 second:20 >/tmp/out 2>/tmp/err ||
		return 1
	between "$(hostprof report growth -k growth -n 1 --format json 2>>/tmp/err | jq .total)" \
		62000000 66000000 || return 1
}

# Every allocation is a sample: exact, each function's objects and bytes, allocated and left. Without
# sessions every return is probed, which is said with its price.
heap() {
	hostprof record -k heap --heap-interval 1 -o heap -- alloc 200 >/tmp/truth 2>/tmp/err ||
		return 1
	! jq -e '.kinds.heap.source | test("every return")' heap/summary.json >/dev/null ||
		grep -q 'the return of each malloc is probed too.* us' /tmp/err || return 1
	i=2
	for type in alloc_objects alloc_space inuse_objects inuse_space; do
		hostprof report heap -k heap --value $type -n 0 --format json 2>>/tmp/err |
			jq -r '.rows[] | [.name, .cumulative] | @tsv' >/tmp/got
		awk -v column=$i -v what=$type 'NR == FNR { got[$1] = $2; next }
			{ n++; if (got[$1] + 0 != $column) { bad = 1
			  print what " of " $1 ": " got[$1] + 0 ", the truth is " $column } }
			END { exit bad || !n }' /tmp/got /tmp/truth || return 1
		i=$((i + 1))
	done
}

