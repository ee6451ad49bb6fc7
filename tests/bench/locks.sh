#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the lock profile costs programs that do nothing but lock and unlock: ns of a pair, one thread
# alone, and of four that want the same mutex; and pgbench's transactions a second when PostgreSQL
# is installed. Each without, with the default mode, with --lock=pthread, and (not PostgreSQL) with
# what bpftrace needs for the same: one after the other, PAIRS times; and how many traps a pair was.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../uselock.sh
. "$ROOT/tests/uselock.sh"
need_root
need jq gcc

PAIRS=${PAIRS:-3} N=${N:-300000} CONTENDED=${CONTENDED:-20000} SECONDS_OF_PGBENCH=${SECONDS_OF_PGBENCH:-5}
modes=(without futex pthread)
servers=("${modes[@]}")
! command -v bpftrace >/dev/null || modes+=(bpftrace)

build_program pthreads pthreads gcc

# Waits and holds by lock, the usual way: a probe on the entry of lock, its return, and unlock.
libc=$(ldd "$T/pthreads" | awk '/libc\.so/ { print $3 }')
script="uprobe:$libc:pthread_mutex_lock { @lock[tid] = arg0; @at[tid] = nsecs; }
uretprobe:$libc:pthread_mutex_lock /@at[tid]/ {
	@wait[@lock[tid]] = sum(nsecs - @at[tid]);
	@held[tid, @lock[tid]] = nsecs;
}
uprobe:$libc:pthread_mutex_unlock /@held[tid, arg0]/ {
	@hold[arg0, ustack(3)] = sum(nsecs - @held[tid, arg0]);
	delete(@held[tid, arg0]);
}"

# recorded MODE COMMAND...: its output.
recorded() {
	local mode=$1

	shift
	rm -rf "$T/rec"
	if [ "$mode" = without ]; then
		"$@"
	elif [ "$mode" = bpftrace ]; then
		bpftrace -q -o "$T/bpftrace" -e "$script" -c "$*"
	else
		"$HOSTPROF" record -q -k lock "--lock=$mode" -o "$T/rec" -- "$@"
	fi 2>"$T/record.err"
}

# traps N: what the last recording says of them.
traps() {
	[ ! -e "$T/rec" ] || summary "$T/rec" ".overhead | \"; \(.traps / $1 * 100 | round / 100) \" +
		\"traps a pair, \(.trap_ns / ([.traps, 1] | max) | round) ns each\""
}

# contended MODE: ns of wall time a pair.
contended() {
	recorded "$1" "$T/pthreads" contend 4 $((CONTENDED / 4)) 0 |
		awk -v n="$CONTENDED" '$1 == "elapsed" { printf "%.0f\n", $4 / n }'
}

for ((i = 0; i < PAIRS; i++)); do
	for mode in "${modes[@]}"; do
		printf 'alone, %s: %s ns a pair%s\n' "$mode" \
			"$(recorded "$mode" "$T/pthreads" pairs "$N" 1)" "$(traps "$N")"
	done
	for mode in "${modes[@]}"; do
		printf 'contended, %s: %s ns a pair%s\n' "$mode" "$(contended "$mode")" \
			"$(traps "$CONTENDED")"
	done
done

bin=$(find /usr/lib/postgresql -maxdepth 3 -name pgbench 2>/dev/null | tail -n 1)
[ -n "$bin" ] || { echo "pgbench is not installed"; exit 0; }
bin=${bin%/pgbench}
chown postgres "$T"
as() {
	runuser -u postgres -- "$@"
}
as "$bin/initdb" -D "$T/pg" >"$T/pg.log" 2>&1 || fail "initdb: $(tail -n 3 "$T/pg.log")"
as "$bin/pg_ctl" -D "$T/pg" -o "-p 5499 -k $T" -l "$T/server.log" -w start >/dev/null || fail "pg_ctl"
cleanup as "$bin/pg_ctl" -D "$T/pg" -m immediate stop
as "$bin/pgbench" -h "$T" -p 5499 -i -s 5 postgres >/dev/null 2>&1 || fail "pgbench -i"
for ((i = 0; i < PAIRS; i++)); do
	for mode in "${servers[@]}"; do
		if [ "$mode" != without ]; then
			rm -rf "$T/rec"
			"$HOSTPROF" record -q -k lock "--lock=$mode" --comm postgres \
				-d $((SECONDS_OF_PGBENCH + 3)) -o "$T/rec" 2>"$T/record.err" &
			started+=($!)
			sleep 2
		fi
		printf 'pgbench, %s: %s\n' "$mode" "$(as "$bin/pgbench" -h "$T" -p 5499 -c 8 -j 2 \
			-T "$SECONDS_OF_PGBENCH" postgres 2>/dev/null | grep '^tps')"
		wait "${started[@]}" 2>/dev/null
		started=()
	done
done
