// SPDX-License-Identifier: GPL-2.0-or-later
#include "elf/dwarf_unit.h"

#include <stdbool.h>
#include <stdlib.h>

#define MAX_DEPTH     256
#define MAX_FUNCTIONS 256 /* around one address */

/* The addresses that a part of the tree can be about: indexes [low, high). */
struct part {
	size_t low, high;
	unsigned int depth;
	bool thorough; /* look into everything: functions can hide in types and in functions */
};

static void walk(struct dwarf_unit *u, Dwarf_Die *parent, struct part part);

static size_t first_at(const struct dwarf_unit *u, uint64_t address, struct part part)
{
	while (part.low < part.high) {
		size_t middle = part.low + (part.high - part.low) / 2;

		if (u->addresses[middle] < address)
			part.low = middle + 1;
		else
			part.high = middle;
	}
	return part.low;
}

static const char *name_of(struct dwarf_unit *u, Dwarf_Die *die)
{
	Dwarf_Attribute attr;

	if (dwarf_attr_integrate(die, DW_AT_linkage_name, &attr) ||
	    dwarf_attr_integrate(die, DW_AT_MIPS_linkage_name, &attr))
		return dwarf_formstring(&attr);
	return dwarf_scopes_name(&u->scopes, &u->die, die, dwarf_diename(die));
}

static struct dwarf_place call_of(const struct dwarf_unit *u, Dwarf_Die *die)
{
	struct dwarf_place place = {0};
	Dwarf_Attribute attr;
	Dwarf_Word value;

	if (dwarf_attr(die, DW_AT_call_file, &attr) && !dwarf_formudata(&attr, &value) &&
	    u->files && value < u->n_files)
		place.file = dwarf_filesrc(u->files, value, NULL, NULL);
	if (dwarf_attr(die, DW_AT_call_line, &attr) && !dwarf_formudata(&attr, &value) &&
	    value <= INT32_MAX)
		place.line = (uint32_t)value;
	return place;
}

static struct dwarf_place decl_of(const struct dwarf_unit *u, Dwarf_Die *die)
{
	struct dwarf_place place = {.file = dwarf_decl_file(die)};
	Dwarf_Attribute attr;
	Dwarf_Word value;
	int line;

	/* Number 0 is a file since DWARF 5; libdw takes it for none. */
	if (!place.file && u->files && dwarf_attr_integrate(die, DW_AT_decl_file, &attr) &&
	    attr.cu == u->die.cu && !dwarf_formudata(&attr, &value) && !value)
		place.file = dwarf_filesrc(u->files, 0, NULL, NULL);
	if (!dwarf_decl_line(die, &line) && line > 0)
		place.line = (uint32_t)line;
	return place;
}

static void add_function(struct dwarf_chain *chain, const struct dwarf_function *function,
			 bool outermost)
{
	/* Code that several functions share (the linker folded it) is the last one's. */
	if (outermost)
		chain->n = 0;
	if (chain->n < MAX_FUNCTIONS)
		vec_push(chain, *function);
}

/*
 * Puts a function on the chains of the addresses it covers; a block (no function) only narrows
 * the part. False: it covers none of them.
 */
static bool cover(struct dwarf_unit *u, Dwarf_Die *die, int tag, struct part *part)
{
	struct part covered = {.low = part->high, .high = part->low};
	struct dwarf_function function = {0};
	Dwarf_Addr base = 0, start, end;
	ptrdiff_t at = 0;

	while ((at = dwarf_ranges(die, at, &base, &start, &end)) > 0) {
		size_t i = first_at(u, start, *part);

		if (i >= part->high || u->addresses[i] >= end)
			continue;
		if (!function.name && tag != DW_TAG_lexical_block) {
			function.name = name_of(u, die);
			function.decl = decl_of(u, die);
		}
		if (tag == DW_TAG_inlined_subroutine && !function.call.file)
			function.call = call_of(u, die);
		covered.low = i < covered.low ? i : covered.low;
		for (; i < part->high && u->addresses[i] < end; i++)
			if (tag != DW_TAG_lexical_block)
				add_function(&u->chains[i], &function, tag == DW_TAG_subprogram);
		covered.high = i > covered.high ? i : covered.high;
	}
	if (covered.low >= covered.high)
		return false;
	part->low = covered.low;
	part->high = covered.high;
	return true;
}

static bool has_code(Dwarf_Die *die)
{
	return dwarf_hasattr(die, DW_AT_ranges) || dwarf_hasattr(die, DW_AT_low_pc);
}

static void walk_child(struct dwarf_unit *u, Dwarf_Die *die, struct part part)
{
	int tag = dwarf_tag(die);

	part.depth++;
	switch (tag) {
	case DW_TAG_subprogram:
		if (!cover(u, die, tag, &part) && !part.thorough)
			return;
		break;
	case DW_TAG_inlined_subroutine:
		if (!cover(u, die, tag, &part))
			return;
		break;
	case DW_TAG_lexical_block:
	case DW_TAG_try_block:
	case DW_TAG_catch_block:
		if (has_code(die) && !cover(u, die, DW_TAG_lexical_block, &part))
			return;
		break;
	case DW_TAG_namespace:
	case DW_TAG_module: break;
	case DW_TAG_class_type:
	case DW_TAG_structure_type:
	case DW_TAG_union_type:
		if (!part.thorough)
			return;
		break;
	default: return;
	}
	walk(u, die, part);
}

static void walk(struct dwarf_unit *u, Dwarf_Die *parent, struct part part)
{
	Dwarf_Die child;

	if (part.depth >= MAX_DEPTH || dwarf_child(parent, &child))
		return;
	do {
		walk_child(u, &child, part);
	} while (!dwarf_siblingof(&child, &child));
}

static bool any_missing(const struct dwarf_unit *u)
{
	size_t i;

	for (i = 0; i < u->n; i++)
		if (!u->chains[i].n)
			return true;
	return false;
}

void dwarf_unit_init(struct dwarf_unit *u, Dwarf_Die *die, const uint64_t *addresses, size_t n)
{
	struct part all = {.high = n};
	size_t i;

	*u = (struct dwarf_unit){.die = *die, .addresses = addresses, .n = n};
	u->chains = mem_array(n, sizeof(*u->chains));
	if (dwarf_getsrcfiles(&u->die, &u->files, &u->n_files))
		u->files = NULL;
	walk(u, &u->die, all);
	if (!any_missing(u))
		return;
	all.thorough = true;
	for (i = 0; i < n; i++)
		u->chains[i].n = 0;
	walk(u, &u->die, all);
}

struct dwarf_place dwarf_unit_place(struct dwarf_unit *u, size_t i)
{
	Dwarf_Line *line = dwarf_getsrc_die(&u->die, u->addresses[i]);
	struct dwarf_place place = {0};
	int number;

	if (!line)
		return place;
	place.file = dwarf_linesrc(line, NULL, NULL);
	if (!dwarf_lineno(line, &number) && number > 0)
		place.line = (uint32_t)number;
	return place;
}

void dwarf_unit_done(struct dwarf_unit *u)
{
	size_t i;

	for (i = 0; i < u->n; i++)
		vec_done(&u->chains[i]);
	free(u->chains);
	dwarf_scopes_done(&u->scopes);
}
