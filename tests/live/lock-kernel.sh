#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: the kernel's own locks are counted by process, one by one, and their delay is what
# ftrace, which looks at the same time, makes of it; the profile adds up to the locks; stacks tell
# the function that waits; sleeping for a lock is in the off-CPU profile once, not twice; other
# processes' waits are not in it, nor are those below --min-wait; nothing is left behind.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need jq go
leftovers_mark

TRACING=/sys/kernel/tracing/instances/hostprof-$$
mkdir "$TRACING" 2>/dev/null || skip "no tracefs"
# shellcheck disable=SC2317 # called at the end
end_tracing() {
	echo 0 >"$TRACING/tracing_on"
	rmdir "$TRACING"
}
cleanup end_tracing
cleanup rm -f "/dev/shm/hostprof-$$" "/dev/shm/hostprof-$$-other"
[ -e "$TRACING/events/lock/contention_begin" ] || skip "this kernel has no contention_begin (5.19)"
echo mono >"$TRACING/trace_clock"
echo 0 >"$TRACING/options/hash-ptr" # addresses as they are
echo 65536 >"$TRACING/buffer_size_kb"
echo 1 >"$TRACING/events/lock/enable"

KINDS=offcpu,lock
background "$W/klock" 30 4 "/dev/shm/hostprof-$$-other"
record "$T/rec" --per-thread -- "$W/klock" 2 12 "/dev/shm/hostprof-$$"
echo 0 >"$TRACING/tracing_on"
kill "$LAST"
[ "$(cat "$TRACING"/per_cpu/cpu*/stats | awk '/^(dropped|overrun)/ { n += $2 } END { print n + 0 }')" = 0 ] ||
	fail "the trace is not whole"

# From the trace, of the threads that the program printed: "address contentions ns sleeps". Between
# the begin and the end of a wait other locks can be waited for, and a mutex begins more than once.
awk 'NR == FNR { if ($1 ~ /^[0-9]+$/) ours[$1]; next }
	match($0, /-[0-9]+ +\[/) && (t = substr($0, RSTART + 1, RLENGTH - 2) + 0) in ours &&
	match($0, / [0-9]+\.[0-9]+: contention_(begin|end): /) {
		split(substr($0, RSTART + 1, RLENGTH), part, /[.: ]+/)
		us = part[1] * 1000000 + part[2]
		split(substr($0, RSTART + RLENGTH), part, " ")
		lock = part[1] ""
		for (i = depth[t] + 0; i && open[t, i] != lock; i--)
			;
		if (/contention_begin/) {
			if (i)
				next
			i = ++depth[t]
			open[t, i] = lock
			since[t, i] = us
			if (part[2] !~ /SPIN/ || part[2] ~ /MUTEX/)
				sleeps[lock] = 1
		} else if (i) {
			n[lock]++
			sum[lock] += us - since[t, i]
			depth[t] = i - 1
		}
	}
	END { for (lock in n) printf "0x%s %d %.0f %d\n", lock, n[lock], sum[lock] * 1000, sleeps[lock] }' \
	"$T/record.out" "$TRACING/trace" | sed 's/^0x0x/0x/' | sort >"$T/truth"

jq -r '.locks[] | select(.class == "kernel") |
	"\(.address) \(.contentions) \(.delay_ns) \(.pid) \(.lock)"' "$T/rec/locks.json" |
	sort >"$T/locks"
join "$T/truth" "$T/locks" >"$T/both"
cat "$T/both"

# column FILE NUMBER [CONDITION]: the sum of a column.
column() {
	awk "${3:-1} { n += \$$2 } END { printf \"%.0f\\n\", n }" "$1"
}

truth=$(column "$T/truth" 2)
at_least "contentions that the trace has" "$truth" 200
near "contentions of all locks" "$(column "$T/both" 5)" "$truth" 1
near "delay of the locks that sleep" "$(column "$T/both" 6 '$4')" \
	"$(column "$T/truth" 3 '$4')" 2
# Of waits that are short, what the two observers themselves take is a part.
while read -r lock n ns sleeps have have_ns _; do
	[ "$sleeps" = 1 ] || [ "$n" -ge 100 ] || continue
	within "contentions of $lock" "$have" "$n" $((n / 100 + 1))
	[ "$sleeps" = 0 ] || [ "$ns" -lt 100000000 ] || [ $((ns / n)) -lt 100000 ] ||
		near "delay of $lock" "$have_ns" "$ns" 2
done <"$T/both"
[ "$(cut -d ' ' -f 4 "$T/locks" | sort -u | wc -l)" = 1 ] || fail "waits of another process"

# The profile: its sums, and the functions.
samples "$T/rec/lock.pb.gz" >"$T/tsv"
delay=$(jq '[.locks[].delay_ns] | add' "$T/rec/locks.json")
within "the profile's delay" "$(sum_ns <"$T/tsv")" "$delay" "$(wc -l <"$T/tsv")"
near "contentions of the profile" "$(sum <"$T/tsv")" \
	"$(jq '[.locks[].contentions] | add' "$T/rec/locks.json")" 1
write='/^(rwsem_|down_write).*;fight_for_file;worker;/'
mmap='/^(rwsem_|down_write).*;fight_for_mappings;worker;/'
position='/^(__)?mutex_.*;fight_for_position;worker;/'
near "what slept for a lock is in three functions" \
	"$(sum_ns "\$7 ~ $write || \$7 ~ $mmap || \$7 ~ $position" <"$T/tsv")" \
	"$(column "$T/both" 6 '$4')" 10
at_least "ns waited for the file" "$(sum_ns "\$7 ~ $write" <"$T/tsv")" 100000000
at_least "ns waited for the mappings" "$(sum_ns "\$7 ~ $mmap" <"$T/tsv")" 100000000
at_least "ns waited for the position" "$(sum_ns "\$7 ~ $position" <"$T/tsv")" 10000000
jq -e '[.locks[] | select(.class == "kernel" and .delay_ns > 100000000).lock | test("^(taken in |[a-z_]+)")] |
	all' "$T/rec/locks.json" >/dev/null || fail "locks without a name"

# Off the CPU: what the ledger says, and no more than what the locks were waited for.
[ "$(samples "$T/rec/offcpu.pb.gz" | sum_ns)" = "$(ledger "$T/rec" '[.host.blocked_ns[]] | add')" ] ||
	fail "the off-CPU profile is not the ledger's sum"
kernel=$(ledger "$T/rec" .host.blocked_ns.kernel)
slept=$(column "$T/both" 6 '$4')
at_least "ns of locks that sleep" "$slept" $((kernel * 98 / 100))
at_least "ns off the CPU and in the run queue" \
	$(((kernel + $(ledger "$T/rec" .host.runq_ns)) * 102 / 100)) "$slept"
[ "$(summary "$T/rec" '[.kinds.lock.lost[]] | add')" = 0 ] ||
	fail "samples were lost: $(summary "$T/rec" '.kinds.lock.lost | tostring')"

# Waits that are too short are neither in the sums nor in the profile.
record "$T/rec" --min-wait 1000 -- "$W/klock" 1 12 "/dev/shm/hostprof-$$"
jq -e '[.locks[] | select(.class == "kernel")] |
	length > 0 and all(.[]; .delay_ns >= 1000000 * .contentions)' "$T/rec/locks.json" >/dev/null ||
	fail "waits below --min-wait: $(jq -c '[.locks[] |
		select(.delay_ns < 1000000 * .contentions)][0]' "$T/rec/locks.json")"
nothing_left
