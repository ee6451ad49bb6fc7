#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: the stacks of a 32-bit program are told to be such, not to be broken; the function that runs
# is named.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need jq "${CC:-cc}"

# Without any library: compilers for 64 bit have none for 32.
cat >"$T/narrow.c" <<'END'
static volatile unsigned int sink;

__attribute__((noinline)) void narrow_leaf(void)
{
	for (unsigned int i = 0; i < 1000000; i++)
		sink += i;
}

void _start(void)
{
	for (int i = 0; i < 300; i++)
		narrow_leaf();
	__asm__ volatile("int $0x80" : : "a"(1), "b"(0)); /* exit(0) */
}
END
${CC:-cc} -m32 -O1 -g0 -fomit-frame-pointer -fno-pic -ffreestanding -nostdlib -static -no-pie \
	-Wl,--build-id=none -o "$T/narrow" "$T/narrow.c" 2>"$T/last.err" || fail "no 32-bit program"
if ! "$T/narrow"; then
	echo "this kernel runs no 32-bit programs"
	exit 0
fi
record "$T/rec" -F 999 -- "$T/narrow"
at_least "samples" "$(summary "$T/rec" .kinds.cpu.delivered)" 50
near "of them, told to be of a 32-bit program" \
	"$(summary "$T/rec" '.kinds.cpu.stacks.truncated["32_bit_program"]')" \
	"$(summary "$T/rec" .kinds.cpu.delivered)" 5
[ "$(summary "$T/rec" .kinds.cpu.stacks.truncated.bad_return_address)" = 0 ] ||
	fail "a return address is said to be bad"
at_least "percent in narrow_leaf" "$(percent "$(rows "$T/rec" function |
	awk -F '\t' '$3 == "narrow_leaf" { n += $1 } END { print n + 0 }')" \
	"$(rows "$T/rec" function | awk -F '\t' '{ n += $1 } END { print n + 0 }')")" 80
