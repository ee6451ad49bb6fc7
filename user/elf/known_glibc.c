// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * glibc's clone and clone3 say nothing of their stack from the system call on: what would be true
 * for the parent is wrong for the child, which comes back on a stack of its own. There a program
 * waits for what it started by posix_spawn(), and new threads and processes begin:
 *
 *   0f 05 48 85 c0    syscall; test %rax, %rax
 *   7c .. 74 01 c3    jl, to set errno; je, by one byte; ret
 *   31 ed             xor %ebp, %ebp: the child's, which is said to have no caller
 */
#include "elf/known_scan.h"

#include <string.h>

#include "elf/cfi.h"

void known_glibc_gap(struct scan *s, const struct scan_range *gap, uint32_t next)
{
	static const uint8_t call[] = {0x0f, 0x05, 0x48, 0x85, 0xc0};
	static const uint8_t leave[] = {0x74, 0x01, 0xc3};
	uint8_t code[16];
	size_t n = (size_t)(gap->end - gap->start);

	if (n < sizeof(call) + sizeof(leave) || n > sizeof(code) ||
	    s->cfi->rules.at[next].ra.how != CFI_UNDEFINED || s->peeks++ >= SCAN_MAX_PEEKS ||
	    known_read_code(s, gap, gap->start, code, n) != n)
		return;
	if (!memcmp(code, call, sizeof(call)) &&
	    !memcmp(code + n - sizeof(leave), leave, sizeof(leave)))
		known_add(s->known, gap->start, gap->end, KNOWN_CLONED);
}
