#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: code of a just-in-time compiler has the names of its perf map, also when the process has
# ended and has removed its map by the end of the recording, and under the pid of a namespace. A
# dump is found in any folder, and has lines.
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

# --- dumps ---

cd "$T" || exit 1
record "$T/rec" -F 999 -- "$W/jit" 1 dump
samples "$T/rec/cpu.pb.gz" >"$T/tsv"
at_least "percent in code that the dump says has moved" "$(percent \
	"$(sum '$7 ~ /(^|;)dumped;main(;|$)/' <"$T/tsv")" "$(sum <"$T/tsv")")" 90
"$HOSTPROF" report "$T/rec" --by line -n 1 --format json |
	jq -e '.rows[0] | .name == "dumped made.lang:42" and .file == "/app/made.lang" and .line == 42' \
		>/dev/null || fail "the line of the dump is not shown"

# A file tree, a folder and a pid of its own; the dump is written in the folder.
mkdir -p "$T/box/tmp"
record "$T/rec" -F 999 -- unshare --pid --mount --fork sh -c \
	"mount -t tmpfs none $T/box && cd $T/box && exec $W/jit 1 dump"
samples "$T/rec/cpu.pb.gz" >"$T/tsv"
at_least "in a namespace of mounts" "$(percent "$(sum '$7 ~ /(^|;)dumped;/' <"$T/tsv")" \
	"$(sum '$5 == "jit"' <"$T/tsv")")" 90

command -v node >/dev/null || exit 0
cat >hot.js <<'END'
function hot(x) { let s = 0; for (let i = 0; i < 1e6; i++) s += Math.sqrt(i * x) % 3; return s; }
const end = Date.now() + 1500;
let t = 0;
while (Date.now() < end) t += hot(t % 7);
END
for options in --perf-prof "--perf-prof --perf-prof-delete-file"; do
	# shellcheck disable=SC2086 # one or two options
	node $options -e 0 2>/dev/null || continue
	# shellcheck disable=SC2086
	record "$T/rec" -F 999 -- node $options hot.js
	samples "$T/rec/cpu.pb.gz" >"$T/tsv"
	at_least "node $options: percent in the JavaScript function" "$(percent \
		"$(sum '$7 ~ /^JS:[*^~+]?hot .*hot\.js:1/' <"$T/tsv")" \
		"$(sum '$5 == "node"' <"$T/tsv")")" 60
done
