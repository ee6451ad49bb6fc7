#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: where many processes are probed, a recording is as long as it was asked to be: the probes,
# each of which takes some tens of ms to go, are taken away afterwards, and together.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need jq bpftool

PROCESSES=60
KINDS=heap

cp "$(command -v sleep)" "$T/hp-many" || fail "no sleep"
for ((i = 0; i < PROCESSES; i++)); do
	background "$T/hp-many" 60
done
leftovers_mark
record_start "$T/rec" --memory=heap --comm hp-many -d 6
sleep 5
at_least "probes" "$(count_links)" $((2 * PROCESSES))
from=$EPOCHREALTIME
wait "$RECORDER" || fail "hostprof record ended with status $?"
took=$(jq -n "$EPOCHREALTIME - $from")
within "seconds recorded" "$(jq .duration_ns/1e9 "$T/rec/summary.json")" 6 0.5
within "seconds to the end" "$took" 1.5 1.5
nothing_left
