#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: code of a just-in-time compiler has the names of its perf map, also when the process has
# ended and has removed its map by the end of the recording, and under the pid of a namespace.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need jq go unshare

record "$T/rec" -F 999 -- "$W/jit" 1
samples "$T/rec/cpu.pb.gz" >"$T/tsv"
at_least "percent of samples in the jitted function" "$(percent \
	"$(sum '$7 ~ /(^|;)JS:\*jitted@1 \/app\/x\.js:3;main(;|$)/' <"$T/tsv")" "$(sum <"$T/tsv")")" 90
rows "$T/rec" module | cut -f 3 | grep -qF '[jit]' || fail "[jit] is not a module"

[ ! -e /tmp/perf-1.map ] || skip "there is a /tmp/perf-1.map already"
record "$T/rec" -F 999 -- unshare --pid --fork --mount-proc "$W/jit" 1
[ ! -e /tmp/perf-1.map ] || fail "the workload did not remove its map"
samples "$T/rec/cpu.pb.gz" >"$T/tsv"
at_least "in a pid namespace" "$(percent "$(sum '$7 ~ /JS:\*jitted@1/' <"$T/tsv")" \
	"$(sum '$5 == "jit"' <"$T/tsv")")" 90
