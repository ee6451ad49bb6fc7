/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_SYM_NAMER_H
#define HOSTPROF_SYM_NAMER_H
/*
 * Puts the names of a symbol table, and the lines and inlined functions of DWARF, on locations of
 * a profile: as Function.name what people read (demangled, without a symbol version), as
 * Function.system_name what the table says.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lines;
struct profile;
struct symtab;

struct place {
	uint64_t address; /* that the table knows */
	uint32_t mapping, location;
};

enum namer_flag {
	NAMER_MODULES = 1,  /* names may end in " [module]", which is no part of the symbol */
	NAMER_MANGLED = 2,  /* do not demangle */
	NAMER_VERBATIM = 4, /* names are for people already: no versions, no mangling */
};

/*
 * Quickest when the places rise in address. `lines` has a span for each place; NULL: there are
 * none. The outermost function of a place is the symbol table's, where it knows one. Returns how
 * many locations got a name; the others keep their lines.
 */
size_t namer_run(struct profile *p, const struct symtab *symbols, const struct lines *lines,
		 unsigned int flags, const struct place *places, size_t n);

#endif
