#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: idle is not a sample: a command that sleeps has next to none, nothing is recorded as
# process 0, and all samples of the host together are not more than its busy time.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need jq go

record "$T/rec" -F 999 -- "$W/sleeper" 1.5
n=$(samples "$T/rec/cpu.pb.gz" | sum '$5 == "sleeper"')
[ "$n" -le 15 ] || apart "a sleeping command got $n samples of about 1500 ticks"

# Jiffies of user, nice, system, irq and softirq of all CPUs, from /proc/stat.
busy() {
	awk '/^cpu / { print $2 + $3 + $4 + $7 + $8 }' /proc/stat
}
before=$(busy)
record "$T/rec" -F 999 -d 2
after=$(busy)
samples "$T/rec/cpu.pb.gz" >"$T/tsv"
[ "$(sum '$3 == 0' <"$T/tsv")" = 0 ] || fail "the idle task has samples"
[ "$(sum '$7 ~ /(default_idle|cpuidle_enter|mwait_idle|intel_idle)/' <"$T/tsv")" = 0 ] ||
	fail "there are samples in the idle loop"
all=$(sum_ns <"$T/tsv") limit=$(((after - before) * 10000000 * 115 / 100 + 100000000))
[ "$all" -le $limit ] || apart "$all ns were sampled, the host was busy for $limit at most"
