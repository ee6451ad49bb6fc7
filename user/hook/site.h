/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_HOOK_SITE_H
#define HOSTPROF_HOOK_SITE_H
/*
 * Which instruction of a function to probe. A uprobe replaces an instruction by a trap. The kernel
 * emulates some (push, jumps, calls, nop), and single-steps the others in a copy, which is a second
 * trap and costs many times the first. So the first instruction of the function's first block is
 * taken that is emulated, as long as everything is still to be had there: each call passes it
 * exactly once, the arguments are in registers, and the stack is as at the entry, where return
 * probes need it.
 *
 * The code is decoded by capstone; callers run this where malformed input does no harm. x86-64.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SITE_ARGS      3
#define SITE_NO_ARG    0xffu
#define SITE_MAX_INSNS 24
#define SITE_MAX_CODE  65536 /* bytes of a function that are searched for jumps */

struct site {
	uint64_t address;	 /* of the instruction */
	uint8_t args[SITE_ARGS]; /* in which register each argument is, by its machine number */
	bool one_trap;		 /* false: nothing better than the function's first instruction */
	bool sp_moved;		 /* only when that was allowed */
};

struct site_wish {
	unsigned int args; /* bits of the arguments that are needed */
	bool sp_may_move;  /* nobody looks at the stack */
};

/* `code` is the whole function, or its first SITE_MAX_CODE bytes. 0 or -errno. */
int site_pick(const uint8_t *code, size_t size, uint64_t address, const struct site_wish *wish,
	      struct site *ret_site);

#endif
