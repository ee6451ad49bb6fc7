#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: with -p, -t, --comm and --cgroup the ledger and the off-CPU profile hold what was asked
# for, all of it, and nothing else; a program that is moved into the cgroup first, as services are
# started, is in it.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need jq go

KINDS=offcpu
cp "$W/waits" "$T/other-waits"
background "$W/waits" 60 sleep
background "$T/other-waits" 60 mutex sleep
target=$LAST
four_threads() {
	[ "$(find "/proc/$target/task" -mindepth 1 -maxdepth 1 | wc -l)" = 4 ]
}
until_true 5 four_threads || fail "the workload does not start"

# only WHAT THREADS CONDITION: the ledger has so many threads, and CONDITION (jq) holds for each and
# for no sample of another process.
only() {
	books_balance "$T/rec"
	[ "$(ledger "$T/rec" '.threads | length')" = "$2" ] ||
		fail "$1: not $2 threads: $(ledger "$T/rec" '[.threads[].thread] | tostring')"
	[ "$(ledger "$T/rec" ".threads | map(select($3)) | length")" = "$2" ] ||
		fail "$1: threads of others: $(ledger "$T/rec" '[.threads[] | [.pid, .thread]] | tostring')"
	samples "$T/rec/offcpu.pb.gz" >"$T/tsv"
	at_least "$1: waits" "$(sum <"$T/tsv")" 50
	[ "$(awk -F '\t' -v pid="$target" '$3 != pid' "$T/tsv" | wc -l)" = 0 ] ||
		fail "$1: waits of others: $(cut -f 3,5 "$T/tsv" | sort | uniq -c)"
	near "$1: wall time of each" "$(ledger "$T/rec" .host.wall_ns)" \
		$(($2 * $(summary "$T/rec" .duration_ns))) 5
}

record "$T/rec" -d 1.2 -p "$target"
only "-p" 4 ".pid == $target"
tid=$(ledger "$T/rec" '.threads[] | select(.thread == "sleep") | .tid')
record "$T/rec" -d 1.2 --per-thread -t "$tid"
only "-t" 1 ".tid == $tid"
[ "$(cut -f 4 "$T/tsv" | sort -u)" = "$tid" ] || fail "-t: samples of other threads"
near "-t: asleep" "$(ledger "$T/rec" .host.blocked_ns.sleep)" \
	"$(summary "$T/rec" .duration_ns)" 8
record "$T/rec" -d 1.2 --comm waits
[ "$(ledger "$T/rec" ".threads | map(select(.pid == $target)) | length")" = 4 ] ||
	fail "--comm: the program calls itself waits too"

mount=$(cgroup2_mount)
[ -n "$mount" ] || skip "no cgroup2 mount"
group=$mount/hp-test-$$
mkdir -p "$group/below"
cleanup rmdir "$group/below" "$group"
echo "$target" >"$group/below/cgroup.procs"
record "$T/rec" -d 1.2 --cgroup "$group"
only "--cgroup" 4 ".pid == $target"

record_start "$T/rec" -d 1.5 --cgroup "$group"
# shellcheck disable=SC2016 # of the inner shell
background sh -c 'echo $$ >"$0/cgroup.procs"; exec sleep 60' "$group/below"
wait "$RECORDER" || fail "hostprof record ended with status $?"
books_balance "$T/rec"
asleep=$(ledger "$T/rec" ".threads[] | select(.pid == $LAST and .comm == \"sleep\") |
	.blocked_ns.sleep")
at_least "moved, then started: asleep" "${asleep:-0}" 500000000
