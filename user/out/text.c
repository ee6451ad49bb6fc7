// SPDX-License-Identifier: GPL-2.0-or-later
#include "out/text.h"

#include <errno.h>

#include "model/rank.h"
#include "out/label.h"
#include "out/out.h"
#include "out/row_text.h"
#include "out/scale.h"
#include "out/style.h"

#define NUMBER_WIDTH   10
#define PERCENT_WIDTH  9  /* with the space in front */
#define NARROWEST_NAME 16 /* columns a name gets however narrow the terminal is */
#define COMMENT_INDENT 2

struct table {
	const struct profile *p;
	const struct out_options *o;
	struct rank *rank;
	struct scale scale;
	struct buf out;
};

static int64_t magnitude(int64_t v)
{
	return v == INT64_MIN ? INT64_MAX : v < 0 ? -v : v;
}

static struct scale scale_of(const struct table *t)
{
	const struct rank_row *row;
	int64_t largest = magnitude(t->rank->total);

	vec_each(row, &t->rank->rows)
		if (magnitude(row->cumulative) > largest)
			largest = magnitude(row->cumulative);
	return scale_for(profile_str(t->p, t->p->types[t->o->value].unit), largest);
}

static size_t name_width(const struct table *t)
{
	size_t left = 2 * NUMBER_WIDTH + 2 * PERCENT_WIDTH + 2;

	if (!t->o->columns)
		return 0;
	return t->o->columns > left + NARROWEST_NAME ? t->o->columns - left : NARROWEST_NAME;
}

static void heading_print(struct table *t, const char *title, const char *unit, size_t width)
{
	size_t from = t->out.len;

	buf_puts(&t->out, title);
	if (unit && *unit) {
		buf_putc(&t->out, ' ');
		label_clean(&t->out, unit);
	}
	label_align_right(&t->out, from, width);
}

static void headings_print(struct table *t)
{
	style_on(&t->out, t->o->colour, STYLE_TITLE);
	heading_print(t, "self", t->scale.unit, NUMBER_WIDTH);
	heading_print(t, "self %", NULL, PERCENT_WIDTH);
	heading_print(t, "cum", t->scale.unit, NUMBER_WIDTH);
	heading_print(t, "cum %", NULL, PERCENT_WIDTH);
	buf_printf(&t->out, "  %s", rank_by_name(t->o->by));
	style_off(&t->out, t->o->colour, STYLE_TITLE);
	buf_putc(&t->out, '\n');
}

static void number_print(struct table *t, int64_t value)
{
	double percent = scale_percent(value, t->rank->total);
	enum style style = style_of_percent(percent);
	size_t from = t->out.len;

	scale_number(&t->scale, value, &t->out);
	label_align_right(&t->out, from, NUMBER_WIDTH);
	style_on(&t->out, t->o->colour, style);
	from = t->out.len;
	buf_printf(&t->out, "%.1f", percent);
	label_align_right(&t->out, from, PERCENT_WIDTH);
	style_off(&t->out, t->o->colour, style);
}

static void name_print(struct table *t, const struct rank_row *row, size_t width)
{
	enum style style = row->kernel ? STYLE_KERNEL : STYLE_PLAIN;
	struct buf name = {0}, module = {0};

	row_text(row, width, &name, &module);
	style_on(&t->out, t->o->colour, style);
	buf_puts(&t->out, buf_str(&name));
	style_off(&t->out, t->o->colour, style);
	if (module.len) {
		label_pad(&t->out, ROW_TEXT_GAP);
		style_on(&t->out, t->o->colour, STYLE_FAINT);
		buf_puts(&t->out, buf_str(&module));
		style_off(&t->out, t->o->colour, STYLE_FAINT);
	}
	buf_done(&name);
	buf_done(&module);
}

/* A stack takes a line a frame, leaf first, under the numbers' right edge. */
static void stack_print(struct table *t, const struct rank_row *row, size_t width)
{
	const struct profile_span *span = &t->p->stacks.at[row->stack];
	struct buf name = {0};
	bool first = true;

	for (uint32_t i = 0; i < span->n; i++) {
		uint32_t location = t->p->frames.at[span->first + i];

		for (uint32_t j = 0; j < frame_count(t->p, location); j++) {
			struct rank_row frame = {.module = frame_module(t->p, location),
						 .named = *frame_function(t->p, location, j),
						 .kernel = frame_is_kernel(t->p, location)};

			buf_clear(&name);
			frame_name(t->p, location, j, &name);
			frame.label = buf_str(&name);
			if (!first)
				buf_putc(&t->out, '\n');
			if (!first)
				label_pad(&t->out, 2 * NUMBER_WIDTH + 2 * PERCENT_WIDTH + 2);
			name_print(t, &frame, width);
			first = false;
		}
	}
	if (!span->n)
		buf_puts(&t->out, FRAME_UNKNOWN);
	buf_done(&name);
}

static void row_print(struct table *t, const struct rank_row *row, size_t width)
{
	number_print(t, row->self);
	number_print(t, row->cumulative);
	buf_puts(&t->out, "  ");
	if (row->stack != PROFILE_NONE)
		stack_print(t, row, width);
	else
		name_print(t, row, width);
	buf_putc(&t->out, '\n');
}

static void totals_print(struct table *t, size_t shown)
{
	size_t n = t->rank->rows.n;
	int64_t self = 0;

	for (size_t i = 0; i < shown; i++)
		self = profile_sum(self, t->rank->rows.at[i].self);
	buf_puts(&t->out, "total ");
	scale_described(t->p, t->o->value, t->rank->total, &t->out);
	if (shown < n) {
		buf_printf(&t->out, "; %zu of %zu %s%s shown", shown, n, rank_by_name(t->o->by),
			   t->o->by == RANK_PROCESS ? "es" : "s");
		/* Cumulative times overlap, and those at the top have little of their own. */
		if (!t->o->cumulative)
			buf_printf(&t->out, ", with %.1f %% of it",
				   scale_percent(self, t->rank->total));
	}
	buf_putc(&t->out, '\n');
}

static void comments_print(struct table *t)
{
	const uint32_t *comment;

	if (!t->p->comments.n)
		return;
	buf_putc(&t->out, '\n');
	vec_each(comment, &t->p->comments)
		label_wrap(&t->out, profile_str(t->p, *comment), COMMENT_INDENT, false,
			   t->o->columns);
}

int text_write(const struct profile *p, const struct out_options *o, FILE *to)
{
	struct table t = {.p = p, .o = o, .rank = rank_new(p, o->by, o->value)};
	size_t width = name_width(&t);
	size_t shown = t.rank->rows.n;
	int err = 0;

	rank_sort(t.rank, o->cumulative);
	if (o->rows && o->rows < shown)
		shown = o->rows;
	t.scale = scale_of(&t);
	headings_print(&t);
	for (size_t i = 0; i < shown; i++)
		row_print(&t, &t.rank->rows.at[i], width);
	totals_print(&t, shown);
	comments_print(&t);
	if (fwrite(t.out.data, 1, t.out.len, to) != t.out.len)
		err = errno ? -errno : -EIO;
	buf_done(&t.out);
	rank_free(t.rank);
	return err;
}
