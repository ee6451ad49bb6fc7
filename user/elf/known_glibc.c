// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * glibc's clone and clone3 say nothing of their stack from the system call on: what would be true
 * for the parent is wrong for the child, which comes back on a stack of its own. There a program
 * waits for what it started by posix_spawn(), and new threads and processes begin:
 *
 *   0f 05 48 85 c0    syscall; test %rax, %rax
 *   7c .. 74 01 c3    jl, to set errno; je, by one byte; ret
 *   31 ed             xor %ebp, %ebp: the child's, which is said to have no caller
 *
 * makecontext() makes a coroutine's function return to the first byte of __start_context, which is
 * described as if it had been called:
 *
 *   48 89 dc 48 8b 3c 24    mov %rbx, %rsp; mov (%rsp), %rdi: the context to go on with
 *   48 85 ff 74 .. e8 ..    test %rdi, %rdi; je; call setcontext
 *   48 89 c7 e8 .. f4       mov %rax, %rdi; call exit; hlt
 */
#include "elf/known_scan.h"

#include <string.h>

#include "elf/cfi.h"

#define CONTEXT_BYTES 26 /* of __start_context */

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

void known_glibc_start(struct scan *s, const struct scan_range *function)
{
	static const uint8_t pad[] = {0xf3, 0x0f, 0x1e, 0xfa};
	static const uint8_t first[] = {0x48, 0x89, 0xdc, 0x48, 0x8b, 0x3c, 0x24,
					0x48, 0x85, 0xff, 0x74, 0x08, 0xe8};
	uint8_t bytes[sizeof(pad) + CONTEXT_BYTES], *code = bytes;
	size_t n = (size_t)(function->end - function->start);

	if ((n != CONTEXT_BYTES && n != sizeof(bytes)) || s->peeks++ >= SCAN_MAX_PEEKS ||
	    known_read_code(s, function, function->start, bytes, n) != n)
		return;
	if (n == sizeof(bytes)) {
		if (memcmp(code, pad, sizeof(pad)))
			return;
		code += sizeof(pad);
	}
	if (memcmp(code, first, sizeof(first)) || memcmp(code + 17, "\x48\x89\xc7\xe8", 4) ||
	    code[CONTEXT_BYTES - 1] != 0xf4)
		return;
	/* Return addresses are looked up less one: there, too, is nothing else. */
	known_add(s->known, function->start - 1, function->end, KNOWN_RETURN);
}
