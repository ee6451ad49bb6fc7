#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: a recording has files, lines and inlined functions, also of a stripped program whose debug
# file lies next to it, and where DWARF is split; --no-lines leaves them out and --no-demangle leaves
# names mangled.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need jq go g++ objcopy strip

cat >"$T/hot.cc" <<'END'
#include <ctime>
namespace app {
static inline __attribute__((always_inline)) unsigned turn(unsigned x)
{
	for (int i = 0; i < 1000; i++)
		x = x * 1664525u + 1013904223u; /* line 6 */
	return x;
}
__attribute__((noinline)) unsigned work(unsigned x)
{
	return turn(x) + 1; /* line 11 */
}
}
int main(int argc, char **)
{
	unsigned x = argc;
	while (clock() < CLOCKS_PER_SEC)
		for (int i = 0; i < 1000; i++)
			x = app::work(x);
	return x == 1;
}
END
g++ -O1 -g -fno-omit-frame-pointer -o "$T/full" "$T/hot.cc" || fail "cannot compile"
objcopy --only-keep-debug "$T/full" "$T/hot.debug"
strip -o "$T/hot" "$T/full"
objcopy --add-gnu-debuglink="$T/hot.debug" "$T/hot"
# Functions in a file of their own (.dwo), where the compiler put it.
(cd "$T" && g++ -O1 -g -gsplit-dwarf -fno-omit-frame-pointer -o split hot.cc) || fail "cannot split"

# hottest DIR: function, file and line of the hottest row.
hottest() {
	"$HOSTPROF" report "$1" --by line -n 1 --format json | jq -r '.rows[0] | [.name, .file, .line] | @tsv'
}

for program in full hot split; do
	record "$T/rec" -F 999 -- "$T/$program"
	samples "$T/rec/cpu.pb.gz" >"$T/tsv"
	at_least "$program: percent with the inlined function and its caller" "$(percent \
		"$(sum '$7 ~ /(^|;)app::turn;app::work\(unsigned int\)(;|$)/' <"$T/tsv")" \
		"$(sum <"$T/tsv")")" 80
	hottest "$T/rec" | grep -q 'app::turn.*hot\.cc.*[56]$' || fail "hottest: $(hottest "$T/rec")"
	go_pprof -top -lines "$T/rec/cpu.pb.gz" | grep -q 'app::turn .*hot\.cc:[56] (inline)' ||
		fail "go tool pprof does not show the line"
done
record "$T/rec" -F 999 --no-lines --no-demangle -- "$T/hot"
samples "$T/rec/cpu.pb.gz" >"$T/tsv"
at_least "mangled" "$(percent "$(sum '$7 ~ /(^|;)_ZN3app4workEj(;|$)/' <"$T/tsv")" \
	"$(sum <"$T/tsv")")" 80
[ "$(sum '$7 ~ /turn/' <"$T/tsv")" = 0 ] || fail "--no-lines shows inlined functions"
