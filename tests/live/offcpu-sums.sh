#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: the off-CPU profile adds up to the ledger, by process and reason (1 ns a sample, for
# rounding); the stacks name the function that waits, and the threads that end waits are named; no
# sample is lost, and few stacks are cut short.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need jq go

KINDS=offcpu
export TMPDIR=/var/tmp

# sums: compares the two.
sums() {
	samples "$T/rec/offcpu.pb.gz" >"$T/tsv"
	awk -F '\t' '{ ns[$3 "\t" $8] += $2; n[$3 "\t" $8]++ }
		END { for (key in ns) printf "%s\t%.0f\t%d\n", key, ns[key], n[key] }' "$T/tsv" |
		sort >"$T/profile"
	jq -r '[.processes[] | select(.pid > 0) | .pid as $pid | .blocked_ns | to_entries[] |
			select(.value > 0) | {key: "\($pid)\t\(.key)", value}] |
		group_by(.key)[] | "\(.[0].key)\t\(map(.value) | add)"' "$T/rec/ledger.json" |
		sort >"$T/books"
	awk -F '\t' 'NR == FNR { have[$1 FS $2] = $3; n[$1 FS $2] = $4; next }
		{
			d = have[$1 FS $2] - $3
			seen[$1 FS $2] = 1
			if (d < 0)
				d = -d
			if (d > n[$1 FS $2])
				print "process " $1 ", " $2 ": " have[$1 FS $2] " and " $3
		}
		END { for (key in have) if (!(key in seen) && have[key] > 0) print "only " key }' \
		"$T/profile" "$T/books" >"$T/apart"
	[ ! -s "$T/apart" ] || fail "not the ledger's sums: $(head -n 5 "$T/apart")"
	echo "$(wc -l <"$T/books") sums of $(wc -l <"$T/tsv") samples"
	[ "$(summary "$T/rec" '[.kinds.offcpu.lost[]] | add')" = 0 ] ||
		fail "samples were lost: $(summary "$T/rec" '.kinds.offcpu.lost | tostring')"
}

record "$T/rec" --per-thread -- "$W/waits" 2
books_balance "$T/rec"
sums

# mostly THREAD REASON FUNCTION: nearly all the time of the thread for that reason is in FUNCTION.
mostly() {
	local all in

	all=$(sum_ns "\$6 == \"$1\" && \$8 == \"$2\"" <"$T/tsv")
	in=$(sum_ns "\$6 == \"$1\" && \$8 == \"$2\" && \$7 ~ /(^|;)$3;part_[a-z_]*;part_main(;|\$)/" <"$T/tsv")
	at_least "$1, $2: percent in $3" "$(percent "$in" "$all")" "${4:-97}"
}

mostly mutex lock wait_on_mutex
mostly rwlock lock wait_on_rwlock
mostly condvar wait wait_on_condvar
mostly semaphore wait wait_on_semaphore
mostly pipe-read pipe wait_on_pipe
mostly poll poll wait_in_poll
mostly fdatasync disk wait_on_disk

# waker THREAD REASON NAME
waker() {
	local all by

	all=$(sum_ns "\$6 == \"$1\" && \$8 == \"$2\"" <"$T/tsv")
	by=$(sum_ns "\$6 == \"$1\" && \$8 == \"$2\" && \$9 == \"$3\"" <"$T/tsv")
	at_least "$1, $2: percent ended by $3" "$(percent "$by" "$all")" 90
}

waker semaphore wait waker
waker mutex lock mutex-holder
waker condvar wait signaller
waker pipe-read pipe ticker
waker unix-recv net sender
by=$(sum '$6 == "sleep" && $8 == "sleep" && $9 != ""' <"$T/tsv")
[ "$by" = 0 ] || fail "nobody ends a sleep but the timer: $by have a waker"

cut=$(summary "$T/rec" '.kinds.offcpu.stacks | 100 * ([.truncated[]] | add) /
	(.complete + ([.truncated[]] | add))')
echo "$cut % of the stacks are cut short"
within "percent of stacks cut short" "$cut" 0 5

record "$T/rec" -- "$W/waits" 2 fault
sums
in=$(sum_ns '$8 == "pagefault" && $7 ~ /(^|;)wait_on_fault;part_fault(;|$)/' <"$T/tsv")
# Not those of its start: a program that is not in memory waits for the disk too.
at_least "page faults: percent in wait_on_fault" \
	"$(percent "$in" "$(sum_ns '$8 == "pagefault" && $7 ~ /part_main/' <"$T/tsv")")" 97
at_least "page faults: ms in wait_on_fault" $((in / 1000000)) 100

# The whole host, under load.
background "$W/forkbomb" 1000 1 8
record "$T/rec" -d 2
sums

# Short waits are left out when that is asked for; the ledger still has them.
record "$T/rec" --min-wait 15000 -- "$W/waits" 1 fdatasync sleep
books_balance "$T/rec"
samples "$T/rec/offcpu.pb.gz" >"$T/tsv"
short=$(awk -F '\t' '$2 < 15000000 * $1' "$T/tsv" | wc -l)
[ "$short" = 0 ] || fail "--min-wait 15000: $short shorter ones"
near "--min-wait: the sleeps are there" "$(sum_ns '$8 == "sleep"' <"$T/tsv")" \
	"$(ledger "$T/rec" .host.blocked_ns.sleep)" 1
at_least "--min-wait: the ledger's disk, ns" "$(ledger "$T/rec" .host.blocked_ns.disk)" 10000000
