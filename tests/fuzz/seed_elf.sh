#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Small ELF files for fuzz_elf to start from: seed_elf.sh DIR
set -eu

dir=${1:?usage: seed_elf.sh DIR}
mkdir -p "$dir"
printf '%s\n' 'int f(int x) { return x * 3; }' \
	'static __attribute__((used, noinline)) int g(int x) { return f(x) + 1; }' \
	'__attribute__((weak, alias("f"))) int f_alias(int x);' \
	'__asm__(".text\nlabel:\n\tnop\n");' \
	'void _start(void) { f(g(1)); for (;;) ; }' >"$dir/seed.c"

# seed NAME FLAGS...: one that this compiler cannot make is left out
seed() {
	name=$1
	shift
	${CC:-gcc} -O1 -nostdlib -fno-asynchronous-unwind-tables -Wl,-z,noseparate-code "$@" \
		-o "$dir/$name" "$dir/seed.c" 2>/dev/null || rm -f "$dir/$name"
}

seed shared -shared -fPIC -Wl,--build-id
seed program -static -Wl,--build-id=md5
seed no-id -static -Wl,--build-id=none
seed stripped -shared -fPIC -s
seed m32 -m32 -shared -fno-pic -Wl,--build-id
printf '%s\n' 'void *malloc(unsigned long); void *g(void) { return malloc(3); }' >"$dir/seed.c"
seed stubs -shared -fPIC -Wl,-z,lazy -s
seed stubs-ibt -shared -fPIC -fcf-protection -Wl,-z,lazy,-z,ibtplt -s
if xz -k -c "$dir/stripped" >"$dir/data" 2>/dev/null; then
	objcopy --add-section .gnu_debugdata="$dir/data" "$dir/stripped" "$dir/packed" || :
	printf 'a.debug\000\001\002\003\004' >"$dir/data"
	objcopy --add-section .gnu_debuglink="$dir/data" "$dir/stripped" "$dir/linked" || :
fi
rm -f "$dir/seed.c" "$dir/data"
