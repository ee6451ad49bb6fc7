// SPDX-License-Identifier: GPL-2.0-or-later
#include "out/html_tree.h"

#include <string.h>

#include "model/frame.h"

static bool same_frame(const void *owner, uint32_t id, const void *key)
{
	const struct html_frame *a = &((const struct html_tree *)owner)->frames.at[id], *b = key;

	return a->name == b->name && a->module == b->module && a->kind == b->kind;
}

static bool same_node(const void *owner, uint32_t id, const void *key)
{
	const struct html_node *a = &((const struct html_tree *)owner)->nodes.at[id], *b = key;

	return a->parent == b->parent && a->frame == b->frame && a->inlined == b->inlined;
}

static bool same_row(const void *owner, uint32_t id, const void *key)
{
	const struct html_row *a = &((const struct html_tree *)owner)->rows.at[id], *b = key;

	return a->node == b->node && a->label_set == b->label_set;
}

static uint32_t frame_add(struct html_tree *t, const struct html_frame *f)
{
	uint64_t hash = hash_index_words(&t->by_frame, f->name, f->module, f->kind);
	uint32_t id = hash_index_find(&t->by_frame, hash, same_frame, t, f);

	if (id == HASH_NONE) {
		id = (uint32_t)t->frames.n;
		vec_push(&t->frames, *f);
		hash_index_add(&t->by_frame, hash, id);
	}
	return id;
}

static uint32_t descend(struct html_tree *t, uint32_t parent, uint32_t frame, bool inlined)
{
	struct html_node node = {.parent = parent, .frame = frame, .inlined = inlined};
	uint64_t hash = hash_index_words(&t->by_node, parent, frame, inlined);
	uint32_t id = hash_index_find(&t->by_node, hash, same_node, t, &node);

	if (id == HASH_NONE) {
		id = (uint32_t)t->nodes.n;
		vec_push(&t->nodes, node);
		hash_index_add(&t->by_node, hash, id);
	}
	return id;
}

/* Gives the frames of the set their numbers in the tree: an array by number in the set. */
static uint32_t *frames_take(struct html_tree *t, const struct frame_set *set)
{
	uint32_t *taken = mem_array(set->at.n, sizeof(*taken));

	for (size_t i = 0; i < set->at.n; i++) {
		const struct frame *f = &set->at.at[i];
		const char *module = intern_str(&set->text, f->module);
		struct html_frame own = {
			.name = intern_add(&t->text, intern_str(&set->text, f->name)),
			.module = intern_add(&t->text, module),
			.kind = frame_kind_of(module, f->kernel, f->named),
		};

		taken[i] = frame_add(t, &own);
	}
	return taken;
}

/* The first source file seen of each function: the set is by function and has none. */
static void files_take(struct html_tree *t, const struct profile *p, const struct frame_set *set,
		       const uint32_t *taken)
{
	for (uint32_t l = 0; l < p->locations.n; l++) {
		const struct profile_location *location = &p->locations.at[l];
		uint32_t n;
		const uint32_t *number = frame_set_numbers(set, l, &n);

		for (uint32_t i = 0; i < location->n_lines; i++) {
			const struct profile_line *line = &p->lines.at[location->first_line + i];
			uint32_t file = p->functions.at[line->function].file;
			struct html_frame *frame = &t->frames.at[taken[number[i]]];

			if (file && !frame->file)
				frame->file = intern_add(&t->text, profile_str(p, file));
		}
	}
}

static uint32_t process_node(struct html_tree *t, const struct profile *p, uint32_t label_set,
			     uint32_t comm_key)
{
	const struct profile_label *comm = profile_label(p, label_set, comm_key);
	struct html_frame frame = {.kind = FRAME_PROCESS};

	if (!comm || !comm->str)
		return 0;
	frame.name = intern_add(&t->text, profile_str(p, comm->str));
	return descend(t, 0, frame_add(t, &frame), false);
}

static void row_add(struct html_tree *t, uint32_t node, const struct profile_sample *s,
		    uint32_t n_types)
{
	struct html_row row = {.node = node, .label_set = s->label_set};
	uint64_t hash = hash_index_words(&t->by_row, node, s->label_set);
	uint32_t id = hash_index_find(&t->by_row, hash, same_row, t, &row);

	if (id == HASH_NONE) {
		id = (uint32_t)t->rows.n;
		vec_push(&t->rows, row);
		hash_index_add(&t->by_row, hash, id);
	}
	for (uint32_t v = 0; v < n_types; v++)
		t->rows.at[id].values[v] = profile_sum(t->rows.at[id].values[v], s->values[v]);
}

static void sample_take(struct html_tree *t, const struct profile *p, const struct frame_set *set,
			const uint32_t *taken, const struct profile_sample *s)
{
	const struct profile_span *stack = &p->stacks.at[s->stack];
	uint32_t at = process_node(t, p, s->label_set, intern_find(&p->strings, "comm"));

	for (uint32_t i = stack->n; i-- > 0;) {
		uint32_t n, outermost;
		const uint32_t *number = frame_set_numbers(set, p->frames.at[stack->first + i], &n);

		outermost = n - 1;
		while (n-- > 0)
			at = descend(t, at, taken[number[n]], n != outermost);
	}
	row_add(t, at, s, p->n_types);
}

struct html_tree *html_tree_new(const struct profile *p)
{
	struct html_tree *t = mem_zalloc(sizeof(*t));
	struct html_frame root = {.name = intern_add(&t->text, "all"), .kind = FRAME_PROCESS};
	struct html_node top = {.parent = HASH_NONE};
	const struct profile_sample *s;
	struct frame_set set;
	uint32_t *taken;

	vec_push(&t->frames, root); /* never found again: no process is taken for it */
	vec_push(&t->nodes, top);
	frame_set_init(&set, p, FRAME_FUNCTION);
	taken = frames_take(t, &set);
	files_take(t, p, &set, taken);
	vec_each(s, &p->samples)
		sample_take(t, p, &set, taken, s);
	free(taken);
	frame_set_done(&set);
	return t;
}

void html_tree_free(struct html_tree *t)
{
	if (!t)
		return;
	intern_done(&t->text);
	vec_done(&t->frames);
	vec_done(&t->nodes);
	vec_done(&t->rows);
	hash_index_done(&t->by_frame);
	hash_index_done(&t->by_node);
	hash_index_done(&t->by_row);
	free(t);
}
