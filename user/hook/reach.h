/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_HOOK_REACH_H
#define HOSTPROF_HOOK_REACH_H
/*
 * Which of some functions does a function enter, by a jump at its end or by a call? Its code is
 * followed along direct jumps and, into helpers, direct calls, through the stubs of the linkage
 * table too, up to some depth and length. x86-64, by capstone; for where malformed input does no
 * harm.
 */
#include <stddef.h>
#include <stdint.h>

#define REACH_MAX_INSNS 20000
#define REACH_MAX_CALLS 2 /* helpers of helpers */
#define REACH_NONE	-1

struct reach {
	void *arg;
	/* Up to `size` bytes of code at an address: how many there are. */
	size_t (*read)(void *arg, uint64_t address, uint8_t *to, size_t size);
	/* What a stub stands for; any other address is handed back. */
	uint64_t (*resolve)(void *arg, uint64_t address);
	/* The number of the function that begins here, or REACH_NONE. */
	int (*function)(void *arg, uint64_t address);
	/* Function `number` is entered by a jump, with the stack as it was; or by a call that
	 * returns to `to`. */
	void (*jumps)(void *arg, int number);
	void (*calls)(void *arg, int number, uint64_t to);
};

/* 0 or -errno. */
int reach_from(const struct reach *reach, uint64_t address);

#endif
