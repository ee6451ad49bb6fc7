// SPDX-License-Identifier: GPL-2.0-or-later
#include "elf/dwarf_scope.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

#include "util/buf.h"

#define MAX_DEPTH  64
#define MAX_PREFIX 1024
#define MAX_CHAIN  16 /* from an inlined copy to its declaration */

/* `prefix` is what stands in front of the children's names; it is given back as it was. */
static void read_children(struct dwarf_scopes *s, Dwarf_Die *parent, struct buf *prefix,
			  unsigned int depth);

static void read_scope(struct dwarf_scopes *s, Dwarf_Die *die, struct buf *prefix,
		       unsigned int depth)
{
	const char *name = dwarf_diename(die);
	size_t before = prefix->len;

	if (!name)
		name = "(anonymous)";
	/* Names with parameters of templates are long: those of types are cut short. */
	buf_add(prefix, name, strnlen(name, MAX_PREFIX / 4));
	buf_add(prefix, "::", 2);
	if (prefix->len < MAX_PREFIX)
		read_children(s, die, prefix, depth + 1);
	prefix->len = before;
	prefix->data[before] = '\0';
}

static void read_children(struct dwarf_scopes *s, Dwarf_Die *parent, struct buf *prefix,
			  unsigned int depth)
{
	struct dwarf_scope scope = {0};
	Dwarf_Die child;

	if (depth > MAX_DEPTH || dwarf_child(parent, &child))
		return;
	do {
		switch (dwarf_tag(&child)) {
		case DW_TAG_subprogram:
			if (!prefix->len)
				break;
			scope.die = dwarf_dieoffset(&child);
			if (!scope.prefix)
				scope.prefix = intern_addn(&s->texts, prefix->data, prefix->len);
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
	struct buf whole = {0}, prefix = {0};
	uint32_t id;

	if (!scopes->read) {
		read_children(scopes, unit, &prefix, 0);
		buf_done(&prefix);
		/* Offsets rise as the tree is walked, unless the file is broken. */
		if (scopes->list.n)
			qsort(scopes->list.at, scopes->list.n, sizeof(key), compare_scopes);
		scopes->read = true;
	}
	if (plain && scopes->list.n && declaration.cu == unit->cu)
		found = bsearch(&key, scopes->list.at, scopes->list.n, sizeof(key), compare_scopes);
	if (!found)
		return plain;
	buf_puts(&whole, intern_str(&scopes->texts, found->prefix));
	buf_puts(&whole, plain);
	id = intern_add(&scopes->texts, whole.data);
	buf_done(&whole);
	return intern_str(&scopes->texts, id);
}

void dwarf_scopes_done(struct dwarf_scopes *scopes)
{
	vec_done(&scopes->list);
	intern_done(&scopes->texts);
}
