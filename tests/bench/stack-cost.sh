#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Prints what a sample costs in the kernel (nanoseconds, by its own statistics of BPF programs),
# next to bpf_get_stack() for both stacks of the same tasks with nothing done with them. The two
# take turns. Usage: stack-cost.sh [SECONDS] [HZ]
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need jq taskset

seconds=${1:-3} hz=${2:-999}
bench=$BUILD/tests/bench
cpus=$(nproc)

ours() {
	"$HOSTPROF" record -q -F "$hz" -d "$seconds" --comm recurse -o "$T/rec" || fail "cannot record"
	jq '.overhead.bpf_ns / .kinds.cpu.attempted | floor' "$T/rec/summary.json"
}

theirs() {
	"$bench/getstack" "$bench/getstack.bpf.o" "$hz" "$seconds" |
		awk -v samples=$((cpus * hz * seconds)) '{ print int($1 / samples) }'
}

for depth in 12 32 62 122; do
	pids=()
	for ((i = 0; i < cpus; i++)); do
		background taskset -c "$i" "$W/recurse" "$depth" 3600
		pids+=("$LAST")
	done
	sleep 0.5
	for round in 1 2 3; do
		if ((round % 2)); then
			a=$(ours) b=$(theirs)
		else
			b=$(theirs) a=$(ours)
		fi
		printf '%3d frames below main: hostprof %6d ns, bpf_get_stack %6d ns\n' "$depth" "$a" "$b"
	done
	kill "${pids[@]}"
done
