#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: what the host does while probes are taken out, which takes long for those on malloc in many
# processes, is not held against the recording: no more ticks are expected than its CPUs have, and
# those have come.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need jq

KINDS=cpu,offcpu,heap

for ((i = 0; i < $(nproc); i++)); do
	background "$W/burn" 60
done
# shellcheck disable=SC2016 # of the inner shell
record "$T/rec" -- sh -c 'for i in $(seq 20); do sleep 2 & done; sleep 2.5'
books_balance "$T/rec"
most=$(summary "$T/rec" ".duration_ns * $(nproc) / .kinds.cpu.period | ceil")
read -r expected seen < <(summary "$T/rec" '.kinds.cpu.ticks | [.expected, .seen] | @tsv')
at_least "ticks there can be, and two of the kernel's own on each CPU" $((most + 2 * $(nproc))) "$expected"
near "ticks seen, of those expected" "$seen" "$expected" 5
