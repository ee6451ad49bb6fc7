// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/calltree.h"

#include <string.h>

static bool same_node(const void *owner, uint32_t id, const void *key)
{
	const struct calltree *t = owner;
	const struct call_node *a = &t->nodes.at[id], *b = key;

	return a->parent == b->parent && a->name == b->name && a->module == b->module;
}

/* The child of `want->parent` like `want`; added when there is none. */
static uint32_t child(struct calltree *t, const struct call_node *want)
{
	uint64_t hash = hash_index_words(&t->by_key, want->parent, want->name, want->module);
	uint32_t id = hash_index_find(&t->by_key, hash, same_node, t, want);
	struct call_node node = *want;

	if (id != HASH_NONE) {
		t->nodes.at[id].inlined &= want->inlined;
		return id;
	}
	id = (uint32_t)t->nodes.n;
	node.first_child = CALL_NONE;
	node.next = t->nodes.at[want->parent].first_child;
	t->nodes.at[want->parent].first_child = id;
	vec_push(&t->nodes, node);
	hash_index_add(&t->by_key, hash, id);
	return id;
}

static void node_add(struct call_node *node, int64_t value)
{
	node->total = profile_sum(node->total, value);
}

static uint32_t descend(struct calltree *t, const struct call_node *want, int64_t value)
{
	uint32_t at = child(t, want);

	node_add(&t->nodes.at[at], value);
	return at;
}

/* Gives every frame of the set its name and module in the tree's own texts. */
static struct call_node *make_wants(struct calltree *t, const struct frame_set *frames)
{
	struct call_node *wants = mem_array(frames->at.n, sizeof(*wants));

	for (uint32_t i = 0; i < frames->at.n; i++) {
		const struct frame *f = &frames->at.at[i];

		wants[i].name = intern_add(&t->names, intern_str(&frames->text, f->name));
		wants[i].module = intern_add(&t->names, intern_str(&frames->text, f->module));
		wants[i].kernel = f->kernel;
	}
	return wants;
}

static void add_sample(struct calltree *t, const struct profile *p, const struct frame_set *frames,
		       struct call_node *wants, const struct profile_sample *s, uint32_t value)
{
	const struct profile_span *stack = &p->stacks.at[s->stack];
	const struct profile_label *comm =
		profile_label(p, s->label_set, intern_find(&p->strings, "comm"));
	int64_t v = s->values[value];
	uint32_t at = 0;

	node_add(&t->nodes.at[0], v);
	if (comm && comm->str) {
		struct call_node want = {
			.name = intern_add(&t->names, profile_str(p, comm->str)),
		};

		at = descend(t, &want, v);
	}
	for (uint32_t i = stack->n; i-- > 0;) {
		uint32_t n, outermost;
		const uint32_t *number =
			frame_set_numbers(frames, p->frames.at[stack->first + i], &n);

		outermost = n - 1;
		while (n-- > 0) {
			wants[number[n]].parent = at;
			wants[number[n]].inlined = n != outermost;
			at = descend(t, &wants[number[n]], v);
		}
	}
	t->nodes.at[at].self = profile_sum(t->nodes.at[at].self, v);
}

struct calltree *calltree_new(const struct profile *p, uint32_t value)
{
	struct calltree *t = mem_zalloc(sizeof(*t));
	struct call_node root = {.parent = CALL_NONE, .first_child = CALL_NONE, .next = CALL_NONE};
	const struct profile_sample *s;
	struct frame_set frames;
	struct call_node *wants;

	root.name = intern_add(&t->names, "all");
	vec_push(&t->nodes, root);
	frame_set_init(&frames, p, FRAME_FUNCTION);
	wants = make_wants(t, &frames);
	vec_each(s, &p->samples)
		if (s->values[value])
			add_sample(t, p, &frames, wants, s, value);
	free(wants);
	frame_set_done(&frames);
	return t;
}

void calltree_free(struct calltree *t)
{
	if (!t)
		return;
	intern_done(&t->names);
	vec_done(&t->nodes);
	hash_index_done(&t->by_key);
	free(t);
}

struct sort_key {
	uint32_t id;
	const struct calltree *tree;
};

static int compare_children(const void *left, const void *right)
{
	const struct sort_key *l = left, *r = right;
	const struct call_node *a = &l->tree->nodes.at[l->id], *b = &r->tree->nodes.at[r->id];
	int order;

	if (a->total != b->total)
		return a->total > b->total ? -1 : 1;
	order = strcmp(calltree_name(l->tree, l->id), calltree_name(r->tree, r->id));
	if (order)
		return order;
	return strcmp(intern_str(&l->tree->names, a->module),
		      intern_str(&r->tree->names, b->module));
}

void calltree_sort(struct calltree *t)
{
	VEC(struct sort_key) keys = {0};
	struct call_node *node;

	vec_each(node, &t->nodes) {
		uint32_t *link = &node->first_child;
		struct sort_key key = {.tree = t};

		keys.n = 0;
		for (key.id = *link; key.id != CALL_NONE; key.id = t->nodes.at[key.id].next)
			vec_push(&keys, key);
		if (keys.n < 2)
			continue;
		qsort(keys.at, keys.n, sizeof(*keys.at), compare_children);
		for (size_t i = 0; i < keys.n; i++) {
			*link = keys.at[i].id;
			link = &t->nodes.at[keys.at[i].id].next;
		}
		*link = CALL_NONE;
	}
	vec_done(&keys);
}
