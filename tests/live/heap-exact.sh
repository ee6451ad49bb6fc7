#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: with --heap-interval 1 the heap profile has every allocation and every byte, at the stack
# that asked for it, and what was not freed: of glibc, jemalloc, tcmalloc, mimalloc and musl,
# dynamic and static, each of their functions, reallocations that fail, blocks that another thread
# frees and that a forked child frees; of C++'s operator new too, and those that throw still do.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../heap.sh
. "$ROOT/tests/heap.sh"
need_root
need jq gcc g++ musl-gcc

LIBS=/usr/lib/$(gcc -print-multiarch)
flags=(-std=gnu11 -D_GNU_SOURCE -O1 -fno-builtin -fno-optimize-sibling-calls -g -pthread)

# exact WHAT COMMAND...: records it; every number must be the truth.
exact() {
	local what=$1

	shift
	rm -rf "$T/rec"
	"$HOSTPROF" record -k heap --heap-interval 1 -o "$T/rec" -- "$@" >"$T/truth" \
		2>"$T/record.err" || fail "$what: hostprof record ended with status $?"
	heap_exact "$what" "$T/truth"
}

gcc "${flags[@]}" -o "$T/alloc" "$ROOT/tests/workload/alloc.c" || fail "gcc"
gcc "${flags[@]}" -static -o "$T/alloc-static" "$ROOT/tests/workload/alloc.c" || fail "gcc -static"
musl-gcc "${flags[@]}" -o "$T/alloc-musl" "$ROOT/tests/workload/alloc.c" || fail "musl-gcc"
musl-gcc "${flags[@]}" -static -o "$T/alloc-musl-static" "$ROOT/tests/workload/alloc.c" ||
	fail "musl-gcc -static"
g++ -std=gnu++17 -O1 -fno-optimize-sibling-calls -fno-builtin -g -o "$T/alloc-new" \
	"$ROOT/tests/workload/alloc-new.cc" || fail "g++"

exact glibc "$T/alloc" 200
exact "glibc, new" "$T/alloc-new" 200
exact "static glibc" "$T/alloc-static" 200
exact musl "$T/alloc-musl" 200
exact "static musl" "$T/alloc-musl-static" 200
for name in libjemalloc.so.2 libtcmalloc_minimal.so.4 libmimalloc.so.2; do
	[ -e "$LIBS/$name" ] || fail "$name is not installed"
	LD_PRELOAD=$LIBS/$name exact "$name" "$T/alloc" 200
	# Debian's mimalloc is compiled as C: where C++ throws, it aborts.
	[ $name = libmimalloc.so.2 ] && arguments=(200 no-throw) || arguments=(200)
	LD_PRELOAD=$LIBS/$name exact "$name, new" "$T/alloc-new" "${arguments[@]}"
done
