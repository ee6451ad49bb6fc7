#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: report --list counts on each source line what `go tool pprof -list` counts, for C and for
# C++ with inlined templates; without source and symbols it counts on the instructions of the same
# function; kernel functions have offsets, just-in-time compiled code has addresses, and neither
# another file nor a pipe is taken for what was recorded.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need jq go gcc g++ strip

cat >"$T/hot.c" <<'END'
#include <time.h>
#include <unistd.h>
static volatile unsigned sink;
__attribute__((noinline)) static void seventy(unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		sink = sink * 1664525u + 1013904223u; /* line 7 */
}
__attribute__((noinline)) static void thirty(unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		sink = sink * 22695477u + 1;
}
int main(void)
{
	while (clock() < CLOCKS_PER_SEC) { /* line 16 */
		seventy(70000);
		thirty(30000);
	}
	return 0;
}
END
cat >"$T/sort.cc" <<'END'
#include <algorithm>
#include <ctime>
#include <vector>
template <typename T> static inline T turn(T x)
{
	return x * 1664525u + 1013904223u;
}
int main()
{
	std::vector<unsigned> v(1000);
	unsigned x = 1;
	while (clock() < CLOCKS_PER_SEC) {
		for (auto &e : v)
			e = x = turn(x);
		std::sort(v.begin(), v.end());
	}
	return v[0] == 1;
}
END
gcc -O1 -g -Wl,--build-id -o "$T/hot" "$T/hot.c" || fail "cannot compile"
g++ -O1 -g -Wl,--build-id -o "$T/sort" "$T/sort.cc" || fail "cannot compile"

# list DIR REGEX [OPTION...]: as JSON, in $T/list.json.
list() {
	local dir=$1 regex=$2

	shift 2
	"$HOSTPROF" report "$dir" --list "$regex" -n 0 --format json "$@" >"$T/list.json" \
		2>"$T/last.err" || fail "hostprof report $dir --list $regex: status $?"
}

# Ours and Go's as lines "function line self cumulative", of lines with samples.
ours() {
	list "$1" "$2" --value samples
	jq -r '.functions[] | .name as $f | .blocks[].rows[] | select(.skipped | not) |
		select(.self > 0 or .cumulative > 0) | "\($f)\t\(.line) \(.self) \(.cumulative)"' \
		"$T/list.json" | sort
}

gos() {
	go_pprof -sample_index=samples -list "$2" "$1/cpu.pb.gz" >"$T/go.list" ||
		fail "go tool pprof: $(cat "$T/pprof.err")"
	awk '/^ROUTINE/ { sub(/^ROUTINE =* /, ""); sub(/ in [^ ]*$/, ""); name = $0; next }
		/^ +[0-9.]+ +[0-9.]+ +[0-9]+:/ { sub(/:.*/, "", $3); if ($1 $2 != "..")
			print name "\t" $3, $1 + 0, $2 + 0 }' "$T/go.list" | sort
}

same_as_go() {
	ours "$1" "$2" >"$T/ours"
	gos "$1" "$2" >"$T/gos"
	[ -s "$T/ours" ] || fail "--list $2 shows nothing"
	diff -u "$T/gos" "$T/ours" || fail "--list $2 counts otherwise than Go's pprof"
	echo "$2: $(wc -l <"$T/ours") lines as Go's pprof has them"
}

# self FUNCTION: its share in percent, of $T/list.json.
self() {
	jq -r --arg f "$1" '100 * ([.functions[] | select(.name == $f).self] | add) / .total' \
		"$T/list.json"
}

record "$T/rec" -F 999 -- "$T/hot"
same_as_go "$T/rec" '^(seventy|thirty|main)$'
list "$T/rec" '^(seventy|thirty)$'
within "percent in seventy" "$(self seventy)" 70 10
jq -e '[.functions[].blocks[].form] == ["source", "source"]' "$T/list.json" >/dev/null ||
	fail "no source is shown"
jq -e '.functions[0].blocks[0].rows | max_by(.self).text | contains("line 7")' "$T/list.json" \
	>/dev/null || fail "the hottest line is not line 7"
jq -e '.functions[] | select(.name == "seventy").blocks[0].rows[0].line == 4' "$T/list.json" >/dev/null ||
	fail "the list does not start where the function does"
total=$(jq '.functions[0].self' "$T/list.json")

# Without the source: the instructions of the same function, with the same sum.
mv "$T/hot.c" "$T/away.c"
mkfifo "$T/hot.c"
list "$T/rec" '^seventy$'
jq -e '.functions[0].blocks[0] | .form == "code" and (.notes[0] | contains("not a regular file"))' \
	"$T/list.json" >/dev/null || fail "no code where the source is a pipe"
[ "$(jq '[.functions[0].blocks[].rows[].self] | add' "$T/list.json")" = "$total" ] ||
	fail "the instructions do not add up to the function"
list "$T/rec" '^main$'
jq -e '[.functions[0].blocks[].rows[] | select(.target == "seventy" and .cumulative > 0)] |
	length == 1' "$T/list.json" >/dev/null || fail "the call of seventy has no samples"
mkdir "$T/src" && cp "$T/away.c" "$T/src/hot.c"
list "$T/rec" '^seventy$' --source-path "$T/src"
jq -e '.functions[0].blocks[0].form == "source"' "$T/list.json" >/dev/null ||
	fail "--source-path is not searched"
rm "$T/hot.c"

# Neither source nor the file that was recorded.
mv "$T/hot" "$T/recorded"
gcc -O2 -Wl,--build-id -o "$T/hot" "$T/away.c" || fail "cannot compile"
list "$T/rec" '^seventy$'
jq -e '.functions[0].blocks[0] | .form == "addresses" and
	(.notes[1] | contains("is another file now")) and (.rows | all(.line >= 6 and .line <= 7))' \
	"$T/list.json" >/dev/null || fail "another file's code is shown"
mv "$T/recorded" "$T/hot"

# Stripped: functions have no names, but beginnings and ends.
strip -o "$T/bare" "$T/hot"
record "$T/rec" -F 999 -- "$T/bare"
list "$T/rec" '^bare\+0x'
jq -e '.functions[0].blocks[0] | .form == "code" and .title == "bare+\(.rows[0].address)"' \
	"$T/list.json" >/dev/null || fail "no code of a stripped program"
within "percent in the hottest unnamed function" "$(jq '.total as $t | .functions[0].blocks[0].rows |
	100 * ([.[].self] | add) / $t' "$T/list.json")" 70 10

# Inlined templates: their own lines, and nothing on the lines that call them.
record "$T/rec" -F 999 -- "$T/sort"
same_as_go "$T/rec" '^main$'
same_as_go "$T/rec" '^(unsigned int )?turn<'
same_as_go "$T/rec" 'std::__unguarded_partition<'

# The kernel: offsets in the function.
name=$("$HOSTPROF" report "$T/rec" --format json -n 0 |
	jq -r '[.rows[] | select(.module == "[kernel.kallsyms]")][0].name')
list "$T/rec" "^$name\$"
jq -e '.functions[0].blocks[0] | .form == "addresses" and (.notes[0] | contains("is in no file")) and
	(.rows | all(.offset >= 0 and .offset < 1048576))' "$T/list.json" >/dev/null ||
	fail "no offsets in the kernel's $name"

# A just-in-time compiler's function has its name and its addresses.
record "$T/rec" -F 999 -- "$W/jit" 1
list "$T/rec" 'jitted@1'
jq -e '.functions[0] | .self > 0 and .blocks[0].form == "addresses" and
	([.blocks[0].rows[].self] | add) == .self' "$T/list.json" >/dev/null ||
	fail "no addresses of just-in-time compiled code"
