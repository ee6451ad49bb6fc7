/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_MODEL_CALLTREE_H
#define HOSTPROF_MODEL_CALLTREE_H
/*
 * The stacks of a profile as one tree of calls, outermost caller first. Where samples name the
 * process (label `comm`), that is the level below the root. Node 0 is the root: everything.
 * Borrows the profile.
 */
#include "model/frame.h"
#include "model/profile.h"

#define CALL_NONE UINT32_MAX

struct call_node {
	uint32_t parent, first_child, next; /* CALL_NONE: none */
	uint32_t name;			    /* in `names`; "all" for the root */
	uint32_t module;		    /* in `names`; 0 for root and process nodes */
	bool kernel;
	bool inlined; /* in every call seen */
	int64_t total, self;
};

struct calltree {
	struct intern names;
	VEC(struct call_node) nodes;
	struct hash_index by_key; /* (parent, name, module) */
};

struct calltree *calltree_new(const struct profile *p, uint32_t value);
void calltree_free(struct calltree *t);

static inline const char *calltree_name(const struct calltree *t, uint32_t node)
{
	return intern_str(&t->names, t->nodes.at[node].name);
}

/* Children in order: largest total first, then by name. */
void calltree_sort(struct calltree *t);

#endif
