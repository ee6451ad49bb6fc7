/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_ELF_DWARF_UNIT_H
#define HOSTPROF_ELF_DWARF_UNIT_H
/*
 * One compilation unit, read for many addresses at once: its tree of functions is walked once,
 * and each address gets the chain of the functions around it. Texts belong to libdw or
 * to the unit. Only for
 * elf/lines_write.c, and like it only safe in a process of its own.
 */
#include <elfutils/libdw.h>
#include <stddef.h>
#include <stdint.h>
#include "elf/dwarf_scope.h"
#include "util/vec.h"

/* libdw.h leaves the constants to this one. */
#include <dwarf.h>

struct dwarf_place {
	const char *file; /* NULL: unknown */
	uint32_t line;
};

struct dwarf_function {
	const char *name;	 /* mangled, if known so; or NULL */
	struct dwarf_place call; /* where it was inlined; nowhere for the outermost */
	struct dwarf_place decl; /* where it begins in the source */
};

struct dwarf_chain { /* outermost first */
	struct dwarf_function *at;
	size_t n, cap;
};

struct dwarf_unit {
	Dwarf_Die die;
	const uint64_t *addresses; /* borrowed, sorted */
	size_t n;
	struct dwarf_chain *chains; /* one an address */
	Dwarf_Files *files;
	size_t n_files;
	struct dwarf_scopes scopes;
};

void dwarf_unit_init(struct dwarf_unit *u, Dwarf_Die *die, const uint64_t *addresses, size_t n);
struct dwarf_place dwarf_unit_place(struct dwarf_unit *u, size_t i); /* of the i-th address */
void dwarf_unit_done(struct dwarf_unit *u);

#endif
