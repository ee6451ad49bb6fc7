#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs in the guest: the short live list. Tolerances are wide, since the CPUs are emulated.
# shellcheck shell=dash
PATH=/t/bin:$PATH
failed=0

check() {
	what=$1
	shift
	if "$@"; then
		echo "ok   $what"
	else
		echo "FAIL $what"
		sed 's/^/     /' /tmp/err | tail -n 20
		failed=1
	fi
}

# Of times and shares, so at the mercy of a host that emulates our CPUs: measured again, once.
check_times() {
	what=$1
	shift
	if ! "$@"; then
		echo "again $what"
		"$@"
	fi
	check "$what" test $? = 0
}

# between A LOW HIGH
between() {
	awk -v a="$1" -v l="$2" -v h="$3" 'BEGIN { exit !(a >= l && a <= h) }' ||
		{ echo "     $1 is not between $2 and $3"; return 1; }
}

# self DIR FUNCTION: nanoseconds in that function itself.
self() {
	hostprof report "$1" -k cpu -n 100000 --format json 2>/tmp/err |
		jq -r "[.rows[] | select(.name == \"$2\") | .self] | add // 0"
}

total() {
	hostprof report "$1" -k cpu -n 1 --format json 2>/tmp/err | jq -r .total
}

# came DIR: percent of the timer ticks that came; an emulated CPU that had to wait for a real one
# has missed some.
came() {
	jq -r '.kinds.cpu.ticks | [100, 100 * .seen / ([.expected, 1] | max) | floor] | min' \
		"$1/summary.json"
}

balanced() {
	jq -e '.kinds.cpu | .status == "ok" and .attempted == .delivered + ([.lost[]] | add) and
		([.lost[]] | add) == 0' "$1/summary.json" >/dev/null ||
		{ jq -c .kinds "$1/summary.json"; return 1; }
}

leftovers() {
	bpftool prog show | grep ' name hp_'
	bpftool map show | grep ' name hp_'
	bpftool link show
	find /sys/fs/bpf -mindepth 1
}

doctor() {
	hostprof doctor --json >/tmp/doctor 2>/tmp/err
	jq -e 'all(.kinds[]; .status == "ok")' /tmp/doctor >/dev/null
}

# Every page is counted.
growth() {
	hostprof record -k memory -o growth -- grow first:40 second:20 >/tmp/out 2>/tmp/err ||
		return 1
	between "$(hostprof report growth -k growth -n 1 --format json 2>>/tmp/err | jq .total)" \
		62000000 66000000
}

# Every allocation is a sample: exact, each function's objects and bytes, allocated and left. Without
# sessions every return is probed, which is said with its price.
heap() {
	hostprof record -k heap --heap-interval 1 -o heap -- alloc 200 >/tmp/allocated 2>/tmp/err ||
		return 1
	! jq -e '.kinds.heap.source | test("every return")' heap/summary.json >/dev/null ||
		grep -q 'the return of each malloc is probed too.* us' /tmp/err || return 1
	i=2
	for type in alloc_objects alloc_space inuse_objects inuse_space; do
		hostprof report heap -k heap --value "$type" -n 0 --format json 2>>/tmp/err |
			jq -r '.rows[] | [.name, .cumulative] | @tsv' >/tmp/got
		awk -v column="$i" -v what="$type" 'NR == FNR { got[$1] = $2; next }
			{ n++; if (got[$1] + 0 != $column) { bad = 1
			  print what " of " $1 ": " got[$1] + 0 ", the truth is " $column } }
			END { exit bad || !n }' /tmp/got /tmp/allocated || return 1
		i=$((i + 1))
	done
}

whole_host() {
	burn 60 >/dev/null & # until the recording, which starts slowly here, is over
	burner=$!
	hostprof record -k cpu -d 3 -o host >/tmp/out 2>/tmp/err || return 1
	kill "$burner"
	balanced host && between "$(total host)" 400000000 7000000000
}

truth() {
	hostprof record -k cpu -F 499 -o truth -- burn 3 >/tmp/out 2>/tmp/err || return 1
	a=$(self truth hot_a) b=$(self truth hot_b)
	balanced truth && between "$(((a + b) * 100 / $(came truth)))" 1500000000 4000000000 &&
		between "$((100 * a / (a + b)))" 62 78
}

chain() {
	hostprof report truth -k cpu --format folded 2>/tmp/err |
		awk '/;main;outer;middle;hot_[ab] / { good += $NF } { all += $NF }
			END { exit !(good > all / 2) }'
}

kernel_names() {
	hostprof record -k cpu -F 499 -d 2 -o kernel -- dd if=/dev/zero of=/dev/null bs=64k \
		count=20000 >/tmp/out 2>/tmp/err || return 1
	hostprof report kernel -k cpu --format folded 2>/tmp/err | grep -q '_\[k\]'
}

tree() {
	hostprof record -k cpu -F 499 -o tree -- /t/bin/tree 0.5 >/tmp/out 2>/tmp/err || return 1
	cpu=$(sed -n 's/^cpu_ns //p' /tmp/out)
	# All seven processes. How much of their time is sampled depends on how much of its own the
	# emulator gets: the exact sum is compared on real processors.
	between "$(hostprof report tree -k cpu --by process -n 0 2>/tmp/err | grep -c 'tree (')" 7 7 &&
		balanced tree && between "$(total tree)" $((cpu * 20 / 100)) $((cpu * 125 / 100))
}

short_lived() {
	hostprof record -k cpu -F 499 -o short -- forkbomb 40 50 4 /t/bin/short >/tmp/out \
		2>/tmp/err || return 1
	balanced short &&
		between "$(($(self short short_spin) * 100 / $(came short)))" 1000000000 4000000000
}

# Every row adds up; each thread's waits are what it measured itself, its CPU time too.
ledger() {
	hostprof record -k offcpu -o ledger -- waits 3 mutex rwlock condvar semaphore join pipe-read \
		poll epoll eventfd unix-recv sleep child vfork stopped >/tmp/out 2>/tmp/err ||
		return 1
	jq -r '(.threads[], .processes[], .host) |
		select(.wall_ns != ([.on_cpu_ns, .runq_ns, .residual_ns, .blocked_ns[]] | add)) |
		"does not add up: \(.)"' ledger/ledger.json >/tmp/err || return 1
	jq -r --slurpfile ledger ledger/ledger.json '
		($ledger[0].threads | map({key: "\(.pid)/\(.tid)", value: .}) | from_entries) as $rows |
		.threads[] | . as $truth | ($rows["\(.pid)/\(.tid)"] // {}) as $row |
		.waits | to_entries[] | select(.value.ns > 5e8) |
		select((($row.blocked_ns[.key] // 0) - .value.ns | fabs) > .value.ns / 10) |
		"\($truth.thread), \(.key): \($row.blocked_ns[.key]), the truth is \(.value.ns)"' \
		/tmp/out >>/tmp/err || return 1
	[ ! -s /tmp/err ] && between "$(jq '[.threads[].waits | keys[]] | unique | length' /tmp/out)" \
		8 8 && between "$(jq '[.processes[] | select(.comm == "true")] | length' \
		ledger/ledger.json)" 100 150
}

# The profile of waits has the ledger's sum, and names the functions.
waits() {
	sum=$(hostprof report ledger -k offcpu -n 1 --format json 2>/tmp/err | jq -r .total)
	[ "$sum" = "$(jq '[.host.blocked_ns[]] | add' ledger/ledger.json)" ] ||
		{ echo "     $sum is not the ledger's sum"; return 1; }
	hostprof report ledger -k offcpu --format folded 2>/tmp/err |
		grep -q 'part_mutex;wait_on_mutex;'
}

# Threads that are in each other's way in the kernel: the write to their file waits for its lock.
kernel_locks() {
	hostprof record -k lock -o locks -- klock 4 6 /tmp/klock-file >/tmp/out 2>/tmp/err ||
		return 1
	jq -e '.kinds.lock | .status == "ok" and .attempted == .delivered + ([.lost[]] | add)' \
		locks/summary.json >/dev/null || return 1
	between "$(hostprof report locks -k lock -n 1 --format json 2>>/tmp/err | jq .total)" \
		1000000000 40000000000 &&
		hostprof report locks -k lock --format folded 2>/tmp/err |
		grep -q ';fight_for_file;.*rwsem_down_write'
}

# Two threads that wait for the kernel's locks when the recording ends.
open_kernel_locks() {
	hostprof record -k lock -d 2 -o held -- klockheld 60 /tmp/klock-file >/tmp/out 2>/tmp/err ||
		return 1
	kill -9 "$(head -n 1 /tmp/out)" # the command goes on after -d
	between "$(jq '[.locks[] | select(.class == "kernel" and .delay_ns > 100000000)] | length' \
		held/locks.json)" 2 2 &&
		hostprof report held -k lock --format folded 2>/tmp/err |
		grep -q ';wait_for_position;.*mutex_lock'
}

# In a root of its own, where no cgroups are mounted: the names of containers come from the files of
# the first process's root, and so do the cgroups.
elsewhere() {
	id=$(printf '5%.0s' $(seq 64))
	mkdir -p /box "/sys/fs/cgroup/docker/$id" "/var/lib/docker/containers/$id"
	echo "{\"ID\": \"$id\", \"Name\": \"/hp-shop\", \"Config\": {\"Image\": \"shop:7\"}}" \
		>"/var/lib/docker/containers/$id/config.v2.json"
	mount -t tmpfs none /box && cp -a /bin /lib* /t /box/ && mkdir /box/proc /box/sys /box/tmp &&
		mount -t proc none /box/proc && mount -t sysfs none /box/sys || return 1
	sh -c "echo \$\$ >/sys/fs/cgroup/docker/$id/cgroup.procs; exec burn 60" >/dev/null &
	burner=$!
	chroot /box hostprof doctor --json 2>/tmp/err | jq -r \
		'.features[] | select(.name == "host-root" or .name == "cgroup2").detail' >/tmp/where
	[ "$(tr '\n' ' ' </tmp/where)" = "at /proc/1/root at /proc/1/root/sys/fs/cgroup " ] ||
		{ cat /tmp/where; return 1; }
	chroot /box hostprof record -k cpu -F 499 -d 3 -o /rec --cgroup /docker --container 'hp-sh*' \
		>/tmp/out 2>/tmp/err || return 1
	kill "$burner"
	[ "$(hostprof report /box/rec -k cpu --by container --format json 2>/tmp/err |
		jq -r '[.rows[].name] | unique | .[]')" = hp-shop ] &&
		between "$(self /box/rec hot_a)" 100000000 4000000000
}

# Which lock, and who had it: without the functions that find a thread by its number (6.2).
locks() {
	hostprof record -k lock -o locks -- locks mutex 2 3 20000 >/tmp/out 2>/tmp/err || return 1
	jq -e '.locks[0] | .lock == "the_mutex" and .class == "mutex" and .contentions > 10 and
		.unknown_holder_ns < .delay_ns / 2' locks/locks.json >/dev/null ||
		{ jq -c '.locks[0]' locks/locks.json; return 1; }
}

# Each use of a lock, by probes that are perf events one by one, and on all returns.
use_locks() {
	hostprof record -k lock --lock=pthread -o uselocks -- pthreads each 20 >/tmp/uses \
		2>/tmp/err || return 1
	jq -r '.locks[] | select(.acquisitions != null) | "\(.address) \(.acquisitions)"' \
		uselocks/locks.json >/tmp/got
	awk 'NR == FNR { got[$1] = $2; next }
		$2 == "-" { next }
		{ n++; if (got[$2] + 0 != $3) { bad = 1; print $1, got[$2], "not", $3 } }
		END { exit bad || !n }' /tmp/got /tmp/uses
}

# Programs that are loaded are seen by their names: then nothing_left is no empty promise.
killed() {
	hostprof record -k cpu -o killed >/tmp/out 2>/tmp/err &
	sleep 4
	bpftool prog show | grep -q ' name hp_' && kill -9 $! || return 1
	sleep 2
	[ ! -e killed/cpu.pb.gz ]
}

nothing_left() {
	leftovers >/tmp/err
	[ ! -s /tmp/err ]
}

echo "kernel $(uname -r)"
check "doctor finds every kind available" doctor
check "the whole host for three seconds" whole_host
check_times "70/30 in two functions" truth
check "the whole call chain" chain
check "kernel functions have names" kernel_names
check "a command with children and grandchildren" tree
check_times "short processes" short_lived
check_times "memory that a process is given" growth
check "what a program allocates and leaves" heap
check_times "the ledger is what a program measured itself" ledger
check_times "the off-CPU profile adds up to the ledger" waits
check_times "the kernel's own locks" kernel_locks
check_times "waits for them that do not end" open_kernel_locks
check_times "a root of its own, as a container has it" elsewhere
check_times "who waits for a lock, and who has it" locks
check "each use of a lock is counted" use_locks
check "kill -9 writes no half recording" killed
check "nothing is left behind" nothing_left
exit $failed
