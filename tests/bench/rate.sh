#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Prints what is lost at the highest rate: 9999 Hz on all CPUs, all of them busy with deep and
# ever-changing stacks. Usage: rate.sh [SECONDS]
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need jq

seconds=${1:-10}
for ((i = 0; i < $(nproc); i++)); do
	background "$W/recurse" $((60 + i * 30)) $((seconds + 30))
	background "$W/burn" $((seconds + 30))
done
background "$W/forkbomb" 5000 10 2
record "$T/rec" -F 9999 -d "$seconds"
jq -r --argjson cpus "$(nproc)" '
	"expected  \(.duration_ns / 1e9 * 9999 * $cpus | floor)",
	"attempted \(.kinds.cpu.attempted)",
	"delivered \(.kinds.cpu.delivered)",
	"lost      \(.kinds.cpu.lost | tostring)",
	"stacks    \(.kinds.cpu.stacks | tostring)",
	"overhead  \(.overhead | tostring)"' "$T/rec/summary.json"
