#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Prints how long 100,000 distinct addresses take to get names: over 200 shared libraries of this
# machine, and with lines and inlined functions over the files given, or else a C++ program made
# for it. Usage: symbols.sh [FILE-WITH-DWARF...]
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need gcc g++ objcopy

gcc -O2 -g -std=gnu11 -D_GNU_SOURCE -I"$ROOT/user" -o "$T/symbols" "$ROOT/tests/bench/symbols.c" \
	"$BUILD/libhostprof.a" -ldw -lelf -llzma -lz -liberty || fail "cannot build the bench"
mapfile -t libraries < <(find -L "/usr/lib/$(gcc -print-multiarch)" -maxdepth 1 -name '*.so.*' -type f \
	-exec readlink -f {} + | sort -u | xargs ls -S | head -n 200)
"$T/symbols" 100000 names "${libraries[@]}"
if [ $# = 0 ]; then
	g++ -std=c++17 -O2 -g -DTYPES=15 -c -o "$T/one.o" "$ROOT/tests/bench/large.cc" ||
		fail "cannot build a C++ program"
	for i in {1..16}; do
		objcopy --redefine-sym "_Z5entryi=entry$i" "$T/one.o" "$T/copy$i.o"
		echo "int entry$i(int);"
	done >"$T/main.c"
	{
		echo 'int main(int n, char **args) { (void)args; return 0'
		for i in {1..16}; do echo "+ entry$i(n)"; done
		echo '; }'
	} >>"$T/main.c"
	gcc -c -o "$T/main.o" "$T/main.c" || fail "cannot build a C program"
	g++ -o "$T/large" "$T/main.o" "$T"/copy*.o || fail "cannot link a C++ program"
	rm -f "$T"/*.o
	echo "a C++ program of $(($(stat -c %s "$T/large") >> 20)) MB"
	set -- "$T/large"
fi
for file; do
	"$T/symbols" 100000 lines "$file"
done
