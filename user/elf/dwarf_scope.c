// SPDX-License-Identifier: GPL-2.0-or-later
#include "elf/dwarf_scope.h"

#include <dwarf.h>
#include <stdlib.h>

#include "util/buf.h"

#define MAX_DEPTH  64
#define MAX_PREFIX 1024
#define MAX_CHAIN  16 /* from an inlined copy to its declaration */

static void read_children(struct dwarf_scopes *s, Dwarf_Die *parent, const char *prefix,
			  unsigned int depth);

static void read_scope(struct dwarf_scopes *s, Dwarf_Die *die, const char *prefix,
		       unsigned int depth)
{
	const char *name = dwarf_diename(die);
	struct buf longer = {0};

	/* Names with parameters of templates are long: those of types are cut short. */
	buf_printf(&longer, "%s%.*s::", prefix, MAX_PREFIX / 4, name ? name : "(anonymous)");
	if (longer.len < MAX_PREFIX)
		read_children(s, die, longer.data, depth + 1);
	buf_done(&longer);
}

static void read_children(struct dwarf_scopes *s, Dwarf_Die *parent, const char *prefix,
			  unsigned int depth)
{
	struct dwarf_scope scope;
	Dwarf_Die child;

	if (depth > MAX_DEPTH || dwarf_child(parent, &child))
		return;
	do {
		switch (dwarf_tag(&child)) {
		case DW_TAG_subprogram:
			if (!*prefix)
				break;
			scope.die = dwarf_dieoffset(&child);
			scope.prefix = intern_add(&s->texts, prefix);
			vec_push(&s->list, scope);
			break;
		case DW_TAG_namespace:
		case DW_TAG_module:
		case DW_TAG_class_type:
		case DW_TAG_structure_type:
		case DW_TAG_union_type: read_scope(s, &child, prefix, depth); break;
		default: break;
		}
	} while (!dwarf_siblingof(&child, &child));
}

static int compare_scopes(const void *a, const void *b)
{
	const struct dwarf_scope *x = a, *y = b;

	return (x->die > y->die) - (x->die < y->die);
}

/* An inlined copy leads to the function, and that to its declaration inside a type. */
static Dwarf_Die declaration_of(Dwarf_Die *function)
{
	Dwarf_Die at = *function, next;
	Dwarf_Attribute attr;
	int i;

	for (i = 0; i < MAX_CHAIN; i++) {
		if ((!dwarf_attr(&at, DW_AT_abstract_origin, &attr) &&
		     !dwarf_attr(&at, DW_AT_specification, &attr)) ||
		    !dwarf_formref_die(&attr, &next))
			break;
		at = next;
	}
	return at;
}

const char *dwarf_scopes_name(struct dwarf_scopes *scopes, Dwarf_Die *unit, Dwarf_Die *function,
			      const char *plain)
{
	Dwarf_Die declaration = declaration_of(function);
	struct dwarf_scope key = {.die = dwarf_dieoffset(&declaration)}, *found = NULL;
	struct buf whole = {0};
	uint32_t id;

	if (!scopes->read) {
		read_children(scopes, unit, "", 0);
		/* Offsets rise as the tree is walked, unless the file is broken. */
		if (scopes->list.n)
			qsort(scopes->list.at, scopes->list.n, sizeof(key), compare_scopes);
		scopes->read = true;
	}
	if (plain && scopes->list.n && declaration.cu == unit->cu)
		found = bsearch(&key, scopes->list.at, scopes->list.n, sizeof(key), compare_scopes);
	if (!found)
		return plain;
	buf_printf(&whole, "%s%s", intern_str(&scopes->texts, found->prefix), plain);
	id = intern_add(&scopes->texts, whole.data);
	buf_done(&whole);
	return intern_str(&scopes->texts, id);
}

void dwarf_scopes_done(struct dwarf_scopes *scopes)
{
	vec_done(&scopes->list);
	intern_done(&scopes->texts);
}
