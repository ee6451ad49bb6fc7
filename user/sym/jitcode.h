/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_SYM_JITCODE_H
#define HOSTPROF_SYM_JITCODE_H
/*
 * The code that a just-in-time compiler says it has made, piece by piece in the order of time.
 * Code that overlaps code from before has taken its place, so that what was there is void as a
 * whole.
 */
#include <stdint.h>
#include "elf/symtab.h"

struct jitcode_entry {
	uint64_t start, end;
	uint32_t name; /* as symtab_add() takes it */
};

struct jitcode {
	VEC(struct jitcode_entry) list;
};

/* Code without a byte, or beyond the end of the address space, is left out. */
void jitcode_add(struct jitcode *code, uint64_t start, uint64_t size, uint32_t name);
/* Adds what is left to the table, whose names are those of the entries, and ends both. */
void jitcode_finish(struct jitcode *code, struct symtab *table);

#endif
