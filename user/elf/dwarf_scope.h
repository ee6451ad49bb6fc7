/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_ELF_DWARF_SCOPE_H
#define HOSTPROF_ELF_DWARF_SCOPE_H
/*
 * What stands in front of a function's name: the namespaces and types around it. Functions that
 * are not visible outside of their file often have no mangled name in DWARF, only their own. Only
 * for elf/dwarf_unit.c, and like it only safe in a process of its own.
 */
#include <elfutils/libdw.h>
#include <stdbool.h>
#include "util/intern.h"
#include "util/vec.h"

struct dwarf_scope { /* of one function's declaration */
	Dwarf_Off die;
	uint32_t prefix; /* "app::detail::" */
};

struct dwarf_scopes {
	VEC(struct dwarf_scope) list; /* sorted by die */
	struct intern texts;
	bool read;
};

/* The whole name of a function of this unit; `plain` when nothing stands in front of it. Reads
 * the unit when first asked. Valid until dwarf_scopes_done(). */
const char *dwarf_scopes_name(struct dwarf_scopes *scopes, Dwarf_Die *unit, Dwarf_Die *function,
			      const char *plain);
void dwarf_scopes_done(struct dwarf_scopes *scopes);

#endif
