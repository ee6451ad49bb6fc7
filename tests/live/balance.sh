#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: for the whole host, attempted == delivered + lost, what was delivered is in the file,
# every stack is either complete or counted under a reason, and nothing is lost on a busy host.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need jq go

for ((i = 0; i < $(nproc) + 1; i++)); do
	background "$W/burn" 60
done
background "$W/forkbomb" 300 10 4
record "$T/rec" -F 999 -d 2
jq -e '.schema == 1 and (.hostprof | length > 0) and (.kernel | length > 0) and
	(.arch | length > 0) and (.duration_ns > 1.9e9) and (.duration_ns < 4e9) and
	(.start | test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[+-][0-9]{2}:[0-9]{2})$")) and
	(.target | type == "object") and (.kinds.cpu.period > 0)' "$T/rec/summary.json" >/dev/null ||
	fail "summary.json is not as promised: $(cat "$T/rec/summary.json")"
jq -e '.kinds.cpu | .attempted > 1000 and .attempted == .delivered + ([.lost[]] | add)' \
	"$T/rec/summary.json" >/dev/null || fail "the sums do not balance: $(summary "$T/rec" .kinds)"
[ "$(summary "$T/rec" '[.kinds.cpu.lost[]] | add')" = 0 ] ||
	fail "samples were lost: $(summary "$T/rec" '.kinds.cpu.lost | tostring')"
delivered=$(summary "$T/rec" .kinds.cpu.delivered)
samples "$T/rec/cpu.pb.gz" >"$T/tsv"
[ "$(sum <"$T/tsv")" = "$delivered" ] ||
	fail "the file holds $(sum <"$T/tsv") samples, and $delivered were delivered"
stacks=$(summary "$T/rec" '.kinds.cpu.stacks | .complete + ([.truncated[]] | add)')
[[ $stacks -ge $delivered && $stacks -le $((2 * delivered)) ]] ||
	fail "$stacks stacks are accounted for, of $delivered samples"
jq -e '.overhead | .agent_cpu_ns > 0 and .rss_bytes > 1e6 and .percent_of_host > 0 and
	.percent_of_host < 50' "$T/rec/summary.json" >/dev/null ||
	fail "the overhead is not plausible: $(summary "$T/rec" .overhead)"
