#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: a command that starts hundreds of short processes, of the same and of a new image, has
# all of their CPU time (+-5 %), without loss.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need jq go

# check WHAT FUNCTION
check() {
	local truth

	truth=$(sed -n 's/.* cpu_ns //p' "$T/record.out")
	samples "$T/rec/cpu.pb.gz" >"$T/tsv"
	near "$1: CPU time" "$(sum_ns <"$T/tsv")" "$truth" 5
	at_least "$1: percent in $2" \
		"$(percent "$(sum "\$7 ~ /(^|;)$2(;|\$)/" <"$T/tsv")" "$(sum <"$T/tsv")")" 80
	at_least "$1: processes with samples" "$(cut -f 3 "$T/tsv" | sort -u | wc -l)" 200
	[ "$(summary "$T/rec" '[.kinds.cpu.lost[]] | add')" = 0 ] || fail "$1: samples were lost"
}

record "$T/rec" -F 999 -- "$W/forkbomb" 300 15 8
check "forked" bomb_spin
record "$T/rec" -F 999 -- "$W/forkbomb" 300 15 8 "$W/short"
check "executed" short_spin
