#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: what a program has measured of its own waits is in the ledger: each reason within 1 %, CPU
# time too. Short waits (disk, page faults) end with a wake-up that takes as long as they do: what
# the kernel counts as neither waiting for a CPU nor using it may be in the residual or before the
# run queue, and nowhere else.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need jq

KINDS=offcpu
export TMPDIR=/var/tmp
[ "$(stat -f -c %T $TMPDIR)" != tmpfs ] || fail "$TMPDIR is not on a disk"

# compare PART...: records these parts of the workload (none: most of them); then in $T/compared:
# thread reason measured truth measured-n run-queue-beyond-schedstat residual
compare() {
	record "$T/rec" -- "$W/waits" 3 "$@"
	books_balance "$T/rec"
	jq -r --slurpfile ledger "$T/rec/ledger.json" '
		($ledger[0].threads | map({key: "\(.pid)/\(.tid)", value: .}) |
			from_entries) as $rows |
		.threads[] | select(.closed) | . as $truth |
		($rows["\(.pid)/\(.tid)"] // {}) as $row |
		if $row == {} then [.thread, "missing", 0, 0, 0, 0, 0] else
			[.thread, "cpu", $row.on_cpu_ns, .cpu_ns, 1, 0, 0],
			(.waits | to_entries[] | [$truth.thread, .key, $row.blocked_ns[.key],
				.value.ns, $row.waits[.key] // 0,
				$row.runq_ns - $truth.delay_ns, $row.residual_ns])
		end | @tsv' "$T/record.out" >"$T/compared" ||
		fail "the workload did not print its books"
	missing=$(grep -c missing "$T/compared")
	[ "$missing" = 0 ] || fail "$missing threads are not in the ledger"
}

# check THREAD REASON: of the one thread of that name; notes in $T/apart when it is not so.
check() {
	local row

	row=$(awk -F '\t' -v t="$1" -v r="$2" '$1 == t && $2 == r' "$T/compared")
	[ -n "$row" ] || fail "thread $1 has no $2"
	awk -F '\t' '{
		most = $4 * 1.01 + 1e5
		least = $4 * 0.99 - 1e5
		waking = ($6 > 0 ? $6 : 0) + $7
		if ($5 <= 500 && waking > $4 * 0.05)	# long waits
			waking = $4 * 0.05
		least -= waking
		printf "%s, %s: measured %.3f ms, truth %.3f ms, %d waits, waking up %.3f ms\n",
			$1, $2, $3 / 1e6, $4 / 1e6, $5, waking / 1e6
		exit !(NF == 7 && $3 > 1e8 && $3 >= least && $3 <= most)
	}' <<<"$row" || echo "$row" >>"$T/apart"
}

# On the CPU: what CLOCK_THREAD_CPUTIME_ID says when the thread has closed its books; it has to end
# then. Not of children: exit takes their memory down.
check_cpu() {
	awk -F '\t' '$2 == "cpu" && $1 !~ /^(child-of|stopped|waits)$/ {
			d = $3 - $4
			n++
			if (d > $4 * 0.01 + 5e5 || -d > $4 * 0.01 + 1e5)
				print
		}
		END { if (n < 100) print "only " n " threads" }' "$T/compared" >>"$T/apart"
}

check_all() {
	compare
	: >"$T/apart"
	while read -r thread reason; do
		check "$thread" "$reason"
	done <"$T/reasons"
	check_cpu
	[ ! -s "$T/apart" ] || {
		cat "$T/apart"
		return 1
	}
}

cat >"$T/reasons" <<END
mutex lock
rwlock lock
condvar wait
semaphore wait
barrier wait
early-comer wait
join wait
waits wait
sleep sleep
pipe-read pipe
pipe-write pipe
poll poll
select poll
epoll poll
eventfd poll
fdatasync disk
unix-recv net
unix-connect net
tcp-recv net
tcp-send net
tcp-accept net
child child
vfork child
stopped stopped
END
check_all || apart "more than 1 % apart: $(head -n 3 "$T/apart")"

born=$(ledger "$T/rec" '[.threads[] | select(.thread == "born" and .ended)] | length')
[ "$born" = 150 ] || fail "$born of 150 short-lived threads are in the ledger"
residual=$(ledger "$T/rec" '.host | (.residual_ns | fabs) * 1000 / .wall_ns * 1e6 | floor / 1e6')
within "residual, per mille of wall time" "$residual" 0 5

# By itself: threads that start and end make page faults wait for the lock of the address space.
compare fault
check fault pagefault
[ ! -s "$T/apart" ] || apart "more than 1 % apart: $(cat "$T/apart")"
