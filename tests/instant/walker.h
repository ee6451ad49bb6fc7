/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef INSTANT_WALKER_H
#define INSTANT_WALKER_H
/*
 * The product's stack walk, the code that runs in the kernel, compiled for the host: over a
 * sample's registers and stack, a maple tree made from the process's mappings, and the unwind
 * tables of struct binaries.
 */
#include <stdbool.h>
#include <stdint.h>
#include "place.h"

#define WALKER_MAX_FRAMES 127

struct binaries;
struct maps;
struct sample;
struct walker_space;

struct walk {
	struct place frames[WALKER_MAX_FRAMES];
	uint32_t n, status; /* enum hp_stack_status */
	uint32_t guessed; /* the first frame left by its frame pointer, as no table had it; or n */
	bool complete, too_deep, unreadable;
	bool below;	 /* unreadable, and it used a word below the stack pointer: see kernel.h */
	uint64_t failed; /* when unreadable: the address */
};

/* What the kernel has of a process; both arguments are borrowed. */
struct walker_space *walker_space_new(const struct maps *maps, const struct binaries *binaries);
void walker_space_free(struct walker_space *space);

void walker_run(struct walker_space *space, const struct sample *sample, struct walk *ret_walk);
const char *walker_status(uint32_t status);

#endif
