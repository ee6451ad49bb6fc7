// SPDX-License-Identifier: GPL-2.0-or-later
#include "out/tree.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "model/calltree.h"
#include "out/label.h"
#include "out/out.h"
#include "out/scale.h"
#include "out/style.h"

/*
 * A line a call: percent and value on the left, so that they can be read down, then guides and the
 * name. Only a branch moves the text to the right: an only call stands right below its caller.
 */
#define PRUNE_PERCENT 0.5
#define VALUE_WIDTH   11
#define LEFT_COLUMNS  (7 + 2 + VALUE_WIDTH + 2)
#define GUIDE_COLUMNS 3
#define NAME_COLUMNS  24     /* kept free of guides */
#define KERNEL_MARK   "_[k]" /* as in folded stacks */
#define MAX_LEVELS    64     /* guides drawn when no width limits them */

struct pending {
	uint32_t node;
	uint32_t level; /* guides in front */
	bool branch;	/* one of several: has a connector */
	bool last;	/* of its siblings */
};

struct printer {
	const struct calltree *tree;
	const struct out_options *o;
	struct scale scale;
	int64_t total;
	size_t max_levels;
	VEC(struct pending) todo;
	VEC(bool) open; /* by level: does its guide go on below? */
	int64_t pruned;
	uint64_t n_pruned;
	struct buf out;
};

static bool worth_showing(const struct printer *t, uint32_t node)
{
	double percent = scale_percent(t->tree->nodes.at[node].total, t->total);

	return percent >= PRUNE_PERCENT || percent <= -PRUNE_PERCENT;
}

static void guides_print(struct printer *t, const struct pending *at)
{
	uint32_t level = 0;

	style_on(&t->out, t->o->colour, STYLE_FAINT);
	if (at->level > t->max_levels) {
		level = at->level - (uint32_t)t->max_levels;
		buf_puts(&t->out, LABEL_ELLIPSIS " ");
	}
	for (; level < at->level; level++) {
		if (at->branch && level + 1 == at->level)
			buf_puts(&t->out, at->last ? "└─ " : "├─ ");
		else
			buf_puts(&t->out, t->open.at[level] ? "│  " : "   ");
	}
	style_off(&t->out, t->o->colour, STYLE_FAINT);
}

static void node_print(struct printer *t, const struct pending *at)
{
	const struct call_node *node = &t->tree->nodes.at[at->node];
	enum style style = style_of_percent(scale_percent(node->total, t->total));
	enum style name_style = node->kernel   ? STYLE_KERNEL
				: node->module ? STYLE_PLAIN
					       : STYLE_TITLE; /* a process */
	size_t used = LEFT_COLUMNS, width = 0, from;

	style_on(&t->out, t->o->colour, style);
	scale_percent_print(node->total, t->total, &t->out);
	style_off(&t->out, t->o->colour, style);
	buf_puts(&t->out, "  ");
	from = t->out.len;
	scale_value(&t->scale, node->total, &t->out);
	label_align_right(&t->out, from, VALUE_WIDTH);
	buf_puts(&t->out, "  ");
	guides_print(t, at);
	if (at->level > t->max_levels)
		used += GUIDE_COLUMNS * t->max_levels + 2;
	else
		used += GUIDE_COLUMNS * at->level;
	if (node->kernel)
		used += strlen(KERNEL_MARK);
	if (t->o->columns)
		width = t->o->columns > used + 8 ? t->o->columns - used : 8;
	style_on(&t->out, t->o->colour, name_style);
	label_fit(&t->out, calltree_name(t->tree, at->node), width);
	if (node->kernel)
		buf_puts(&t->out, KERNEL_MARK);
	style_off(&t->out, t->o->colour, name_style);
	buf_putc(&t->out, '\n');
}

/* Puts the children in front of what is left to do, first child first. */
static void children_push(struct printer *t, const struct pending *at)
{
	const struct call_node *node = &t->tree->nodes.at[at->node];
	uint32_t shown = 0;
	size_t from = t->todo.n;

	for (uint32_t c = node->first_child; c != CALL_NONE; c = t->tree->nodes.at[c].next) {
		struct pending next = {.node = c};

		if (!worth_showing(t, c)) {
			t->pruned = profile_sum(t->pruned, t->tree->nodes.at[c].total);
			t->n_pruned++;
			continue;
		}
		shown++;
		vec_push(&t->todo, next);
	}
	for (uint32_t i = 0; i < shown; i++) {
		struct pending *next = &t->todo.at[from + i];

		next->branch = shown > 1 || !at->node;
		next->last = i + 1 == shown;
		next->level = at->level + next->branch;
	}
	for (uint32_t i = 0; i < shown / 2; i++) {
		struct pending swap = t->todo.at[from + i];

		t->todo.at[from + i] = t->todo.at[t->todo.n - 1 - i];
		t->todo.at[t->todo.n - 1 - i] = swap;
	}
}

static void tree_print(struct printer *t)
{
	struct pending root = {.last = true};

	vec_push(&t->todo, root);
	while (t->todo.n) {
		struct pending at = t->todo.at[--t->todo.n];

		node_print(t, &at);
		if (at.branch) {
			while (t->open.n < at.level)
				vec_push(&t->open, false);
			t->open.at[at.level - 1] = !at.last;
		}
		children_push(t, &at);
	}
}

static void pruned_print(struct printer *t)
{
	if (!t->n_pruned)
		return;
	buf_printf(&t->out, "left out: %" PRIu64 " call%s below %.1f %%, together %.1f %%\n",
		   t->n_pruned, t->n_pruned == 1 ? "" : "s", PRUNE_PERCENT,
		   scale_percent(t->pruned, t->total));
}

int tree_write(const struct profile *p, const struct out_options *o, FILE *to)
{
	struct calltree *tree = calltree_new(p, o->value);
	struct printer t = {.tree = tree, .o = o, .total = tree->nodes.at[0].total};
	int err = 0;

	calltree_sort(tree);
	t.scale = scale_for(profile_str(p, p->types[o->value].unit), t.total);
	t.max_levels = MAX_LEVELS;
	if (o->columns)
		t.max_levels = o->columns > LEFT_COLUMNS + NAME_COLUMNS + GUIDE_COLUMNS
				       ? (o->columns - LEFT_COLUMNS - NAME_COLUMNS) / GUIDE_COLUMNS
				       : 1;
	tree_print(&t);
	pruned_print(&t);
	if (fwrite(t.out.data, 1, t.out.len, to) != t.out.len)
		err = errno ? -errno : -EIO;
	vec_done(&t.todo);
	vec_done(&t.open);
	buf_done(&t.out);
	calltree_free(tree);
	return err;
}
