#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: a kernel thread can be a target: it is recorded (with whatever it burns), not refused.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need jq go

record "$T/rec" -d 0.5 -p "$(pgrep -x kthreadd)"
jq -e '.kinds.cpu.status == "ok"' "$T/rec/summary.json" >/dev/null || fail "the kind is not ok"
go_pprof -raw "$T/rec/cpu.pb.gz" >/dev/null || fail "the empty profile is not readable"

# In a recording of the host, samples of kernel threads have a name and kernel frames only.
record "$T/rec" -F 999 -d 1
samples "$T/rec/cpu.pb.gz" | awk -F '\t' '$5 ~ /^(kworker|ksoftirqd|kdamond|rcu_)/' >"$T/tsv"
user=$(awk -F '\t' '{ n = split($7, f, ";"); for (i = 1; i <= n; i++) u += f[i] !~ /_\[k\]$/ }
	END { print u + 0 }' "$T/tsv")
[ "$user" = 0 ] || fail "kernel threads have $user user frames"
