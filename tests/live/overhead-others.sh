#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: what the programs are said to have cost is counted once, whoever else has the kernel's
# statistics of BPF programs on: for each switch of a CPU there is one run, and up to one more for who
# is woken.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need jq "$PYTHON"

SETTING=/proc/sys/kernel/bpf_stats_enabled
KINDS=offcpu

set_to() {
	echo "$1" >"$SETTING"
}

# runs_a_switch VALUE: with the setting; behind the first second, which is measured whole.
runs_a_switch() {
	local runs switches

	set_to "$1" || fail "cannot set $SETTING"
	record "$T/rec" -d 6
	runs=$(tr '\n' ' ' <"$T/record.out" | sed -n 's/.* in \([0-9]*\) runs.*/\1/p')
	switches=$(ledger "$T/rec" '.host.switches')
	jq -n "$runs / $switches"
}

cleanup set_to "$(cat "$SETTING")"
# Two processes that wake each other.
background "$PYTHON" -c 'import os
a, b = os.pipe(), os.pipe()
mine, its = (a[0], b[1]) if os.fork() else (b[0], a[1])
os.close(a[1] if its == b[1] else b[1])
if its == b[1]:
    os.write(its, b".")
while os.read(mine, 1):
    os.write(its, b".")'
for value in 0 1; do
	within "runs a switch, the setting being $value" "$(runs_a_switch "$value")" 3 2.4
done
