// SPDX-License-Identifier: GPL-2.0-or-later
#include "out/lock_use_text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "model/locks.h"
#include "out/label.h"
#include "out/out.h"
#include "out/scale.h"
#include "out/style.h"

#define INDENT	    2
#define VALUE_WIDTH 11
#define COUNT_WIDTH 10
#define CLASS_WIDTH 8
#define BEFORE_NAME (INDENT + 2 * VALUE_WIDTH + 2 * COUNT_WIDTH + CLASS_WIDTH + 4)
#define NARROWEST   20 /* columns of a name */

static void text_right(struct buf *out, const char *text, size_t width)
{
	size_t from = out->len;

	buf_puts(out, text);
	label_align_right(out, from, width);
}

static void time_print(uint64_t ns, struct buf *out)
{
	int64_t n = ns > INT64_MAX ? INT64_MAX : (int64_t)ns;
	struct scale scale = scale_for("nanoseconds", n);
	size_t from = out->len;

	scale_value(&scale, n, out);
	label_align_right(out, from, VALUE_WIDTH);
}

static void count_print(uint64_t n, struct buf *out)
{
	size_t from = out->len;

	buf_printf(out, "%" PRIu64, n);
	label_align_right(out, from, COUNT_WIDTH);
}

static void head_print(const struct out_options *o, struct buf *out)
{
	style_on(out, o->colour, STYLE_FAINT);
	label_pad(out, INDENT);
	text_right(out, "held", VALUE_WIDTH);
	text_right(out, "taken", COUNT_WIDTH);
	text_right(out, "each", VALUE_WIDTH);
	text_right(out, "was held", COUNT_WIDTH);
	buf_puts(out, "  class     lock");
	style_off(out, o->colour, STYLE_FAINT);
	buf_putc(out, '\n');
}

static void lock_print(const struct locks *locks, const struct lock *l, const struct out_options *o,
		       struct buf *out)
{
	size_t room = o->columns > BEFORE_NAME + NARROWEST ? o->columns - BEFORE_NAME : NARROWEST;
	struct buf name = {0};
	size_t from;

	label_pad(out, INDENT);
	time_print(l->hold, out);
	count_print(l->acquisitions, out);
	time_print(l->acquisitions ? l->hold / l->acquisitions : 0, out);
	count_print(l->contended, out);
	buf_puts(out, "  ");
	from = out->len;
	label_fit(out, locks_str(locks, l->class), CLASS_WIDTH);
	label_align_left(out, from, CLASS_WIDTH);
	buf_printf(&name, "  %s  %s (%u)", locks_str(locks, l->name), locks_str(locks, l->comm),
		   l->pid);
	label_fit(out, buf_str(&name), o->columns ? room : 0);
	buf_putc(out, '\n');
	buf_done(&name);
}

static int compare_hold(const void *a, const void *b)
{
	const struct lock *const *x = a, *const *y = b;

	return ((*x)->hold < (*y)->hold) - ((*x)->hold > (*y)->hold);
}

void lock_use_text(const struct locks *locks, const struct out_options *o, struct buf *out)
{
	VEC(const struct lock *) used = {0};
	const struct lock *l;

	vec_each(l, &locks->list)
		if (l->counted)
			vec_push(&used, l);
	if (used.n) {
		qsort(used.at, used.n, sizeof(*used.at), compare_hold);
		head_print(o, out);
	}
	for (size_t i = 0; i < used.n && (!o->rows || i < o->rows); i++)
		lock_print(locks, used.at[i], o, out);
	vec_done(&used);
}

/* The innermost function of "root;...;leaf". */
static const char *leaf_of(const char *stack)
{
	const char *last = strrchr(stack, ';');

	return last ? last + 1 : stack;
}

void lock_orders_text(const struct locks *locks, const struct out_options *o, struct buf *out)
{
	const struct lock_inversion *it;
	uint32_t shown = 0;

	vec_each(it, &locks->inversions) {
		const char *first = locks_str(locks, it->first);
		const char *second = locks_str(locks, it->second);
		struct buf text = {0}, clean = {0};

		if (o->rows && shown++ == o->rows)
			break;
		buf_printf(&text,
			   "process %u: %s, then %s in %s (%" PRIu64 " times); but %s, then %s in "
			   "%s (%" PRIu64 " times)",
			   it->pid, first, second, leaf_of(locks_str(locks, it->there)),
			   it->times[0], second, first, leaf_of(locks_str(locks, it->here)),
			   it->times[1]);
		label_clean(&clean, buf_str(&text));
		label_wrap(out, buf_str(&clean), INDENT, true, o->columns);
		buf_done(&text);
		buf_done(&clean);
	}
}
