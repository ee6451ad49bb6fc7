#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Prints how long 100,000 distinct addresses take to get names: over 200 shared libraries of this
# machine, and with lines and inlined functions over the files given, or else a C++ program made
# for it. Usage: symbols.sh [FILE-WITH-DWARF...]
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need gcc g++

gcc -O2 -g -std=gnu11 -D_GNU_SOURCE -I"$ROOT/user" -o "$T/symbols" "$ROOT/tests/bench/symbols.c" \
	"$BUILD/libhostprof.a" -ldw -lelf -llzma -lz -liberty || fail "cannot build the bench"
mapfile -t libraries < <(find -L "/usr/lib/$(gcc -print-multiarch)" -maxdepth 1 -name '*.so.*' -type f \
	-exec readlink -f {} + | sort -u | xargs ls -S | head -n 200)
"$T/symbols" 100000 names "${libraries[@]}"
if [ $# = 0 ]; then
	for i in 1 2 3 4; do
		printf '#include <%s>\n' regex map unordered_map functional future iostream
		echo "bool run$i(const std::string &s) { return std::regex_match(s, std::regex(s)); }"
	done >"$T/large.cc"
	echo 'int main(int, char **argv) { return run1(*argv) + run2(*argv); }' >>"$T/large.cc"
	g++ -O1 -g -o "$T/large" "$T/large.cc" || fail "cannot build a C++ program"
	set -- "$T/large"
fi
for file; do
	"$T/symbols" 100000 lines "$file"
done
