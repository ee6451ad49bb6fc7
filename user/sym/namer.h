/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_SYM_NAMER_H
#define HOSTPROF_SYM_NAMER_H
/*
 * Puts the names of a symbol table on locations of a profile: as Function.name what people read
 * (demangled, without a symbol version), as Function.system_name what the table says.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct profile;
struct symtab;

struct place {
	uint64_t address; /* that the table knows */
	uint32_t mapping, location;
};

/*
 * Quickest when the places rise in address. `modules`: names may end in " [module]", which is no
 * part of the symbol. Returns how many locations got a name; the others keep their lines.
 */
size_t namer_run(struct profile *p, const struct symtab *symbols, bool modules,
		 const struct place *places, size_t n);

#endif
