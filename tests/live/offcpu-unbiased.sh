#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: the waits whose stacks are taken are a fair sample, when only one of several is: because
# many threads wait in turn in two functions for known times, and because two threads wait often,
# one longer than the other. The shares of the time are the true ones: the mean of the runs is
# within 3.5 standard errors of the truth, as the runs themselves scatter, and the standard error is
# below 1 %. More runs see a smaller bias: RUNS=100 one of 0.4 %.
#
# Not so for waits as short as the taking of a stack, 5 to 10 us: those that are chosen last longer.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need jq go

KINDS=offcpu
RUNS=${RUNS:-8}

# run PART ONE OTHER: records a part; $one and $other are what its samples say of those two.
run() {
	record "$T/rec" --per-thread -- "$W/waits" 1.6 "$1"
	books_balance "$T/rec"
	samples "$T/rec/offcpu.pb.gz" | awk -F '\t' '$8 == "sleep"' >"$T/tsv"
	one=$(sum_ns "$2" <"$T/tsv")
	other=$(sum_ns "$3" <"$T/tsv")
	waits=$(ledger "$T/rec" .host.waits.sleep)
	sampled=$(summary "$T/rec" .kinds.offcpu.delivered)
	[ "$waits" -gt $((3 * sampled / 2)) ] || fail "$1: $sampled of $waits waits: not a sample"
}

# judge WHAT: of lines "share truth", in percent.
judge() {
	cat "$T/runs"
	awk -v what="$1" -v runs="$RUNS" '{ d = $1 - $2; s += d; q += d * d; t += $2; n++ }
	END {
		mean = s / n
		error = sqrt((q / n - mean * mean) / (n - 1))
		printf "%s: %d runs: off by %.3f points of %.2f, standard error %.3f\n", what, n,
			mean, t / n, error
		if (mean < 0)
			mean = -mean
		exit !(n == runs && mean <= 3.5 * error + 0.1 && error <= t / n / 100)
	}' "$T/runs" || apart "$1: the shares are not the true ones"
}

for ((i = 0; i < RUNS; i++)); do
	run seesaw '$7 ~ /(^|;)wait_seventy(;|$)/' '$7 ~ /(^|;)wait_thirty(;|$)/'
	truth=$(jq '[.threads[] | select(.thread == "seesaw-end") | .waits] |
		100 * (map(.share.ns) | add) / (map(.sleep.ns) | add)' "$T/record.out")
	echo "$(percent "$one" $((one + other))) $truth"
done >"$T/runs"
judge "one function of two"

# Of threads the ledger knows the truth.
for ((i = 0; i < RUNS; i++)); do
	run hurry '$6 == "slow"' '$6 == "fast"'
	slow=$(ledger "$T/rec" '[.threads[] | select(.thread == "slow") | .blocked_ns.sleep] | add')
	fast=$(ledger "$T/rec" '[.threads[] | select(.thread == "fast") | .blocked_ns.sleep] | add')
	echo "$(percent "$one" $((one + other))) $(percent "$slow" $((slow + fast)))"
done >"$T/runs"
judge "one thread of two"
