#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: the samples of a command and of all its descendants add up to the CPU time that the
# kernel counted for them (+-5 %), grandchildren in sessions of their own and new images included.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need jq go

record "$T/rec" -F 999 -- "$W/tree" 0.6
truth=$(sed -n 's/^cpu_ns //p' "$T/record.out")
samples "$T/rec/cpu.pb.gz" >"$T/tsv"
near "CPU time of the command" "$(sum_ns <"$T/tsv")" "$truth" 5
processes=$(cut -f 3 "$T/tsv" | sort -u | wc -l)
[ "$processes" = 7 ] || fail "$processes processes have samples; the tree has 7"
foreign=$(sum '$5 != "tree" && $5 != "hostprof"' <"$T/tsv")
[ "$foreign" = 0 ] || fail "$foreign samples are of processes that the command did not start"

# Nothing of the first instants is missed either: a command that is over at once still shows.
record "$T/rec" -F 9999 -- "$W/short" 10
samples "$T/rec/cpu.pb.gz" >"$T/tsv"
near "CPU time of a command of 10 ms" "$(sum_ns '$5 == "short"' <"$T/tsv")" 10500000 25
