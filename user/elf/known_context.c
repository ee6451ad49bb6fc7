// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Boost.Context's assembler, which php's fibers and others have copies of, says nothing of its
 * stack. Below a coroutine's function there is but the end of make_fcontext:
 *
 *   55 ff e3          push %rbp; jmp *%rbx: into the function. Older ones have a ret here
 *   48 31 ff e8 ..    xor %rdi, %rdi; call _exit: what the function returns to
 *   f4                hlt
 *
 * Where processors check indirect jumps, endbr64 comes before the push and the xor.
 */
#include "elf/known_scan.h"

#include <string.h>

#define END_BYTES 9 /* from the xor on */

void known_context_look(struct scan *s, uint64_t at, const uint8_t *bytes, size_t n)
{
	static const uint8_t leave[] = {0x48, 0x31, 0xff, 0xe8}, enter[] = {0x55, 0xff, 0xe3};
	static const uint8_t pad[] = {0xf3, 0x0f, 0x1e, 0xfa};
	const uint8_t *end = bytes + n, *hit = bytes, *start;

	for (; (hit = memmem(hit, (size_t)(end - hit), leave, sizeof(leave))); hit++) {
		if (end - hit < END_BYTES || hit[END_BYTES - 1] != 0xf4)
			continue;
		start = hit;
		if (start - bytes >= (ptrdiff_t)sizeof(pad) &&
		    !memcmp(start - sizeof(pad), pad, sizeof(pad)))
			start -= sizeof(pad);
		if (start - bytes >= (ptrdiff_t)sizeof(enter) &&
		    !memcmp(start - sizeof(enter), enter, sizeof(enter)))
			start -= sizeof(enter);
		else if (start > bytes && start[-1] == 0xc3)
			start--; /* return addresses are looked up less one */
		else
			continue;
		known_add(s->known, at + (uint64_t)(start - bytes),
			  at + (uint64_t)(hit - bytes) + END_BYTES, KNOWN_BOTTOM);
	}
}
