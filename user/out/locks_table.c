// SPDX-License-Identifier: GPL-2.0-or-later
#include "out/locks_table.h"

#include <inttypes.h>

#include "model/profile.h"
#include "out/label.h"
#include "out/scale.h"
#include "out/time_text.h"

#define NARROWEST_NAME 12
#define WIDEST_NAME    60
#define EXPLAIN_INDENT 6

static void lock_cell(struct lock_table *t, const struct buf *text, enum style style, size_t width)
{
	size_t have = label_width(buf_str(text));

	label_pad(t->out, have < width ? width - have : 0);
	style_on(t->out, t->o->colour, style);
	buf_puts(t->out, buf_str(text));
	style_off(t->out, t->o->colour, style);
}

void lock_cell_time(struct lock_table *t, int64_t ns, enum style style, size_t width)
{
	struct buf text = {0};

	if (ns > 0)
		time_text(&text, (uint64_t)ns);
	else
		buf_putc(&text, '-');
	lock_cell(t, &text, ns > 0 ? style : STYLE_FAINT, width);
	buf_done(&text);
}

void lock_cell_count(struct lock_table *t, int64_t n, size_t width)
{
	struct buf text = {0};

	buf_printf(&text, "%" PRId64, n);
	lock_cell(t, &text, STYLE_PLAIN, width);
	buf_done(&text);
}

void lock_cell_share(struct lock_table *t, int64_t n)
{
	struct buf text = {0};

	buf_printf(&text, "%.1f %%", scale_percent(n, t->total));
	lock_cell(t, &text, style_of_percent(scale_percent(n, t->total)), LOCKS_SHARE);
	buf_done(&text);
}

void lock_cell_heading(struct lock_table *t, const char *title, size_t width)
{
	buf_printf(t->out, "%*s", (int)width, title);
}

void lock_cell_name(struct lock_table *t, const char *name, size_t width)
{
	size_t from = t->out->len;

	label_fit(t->out, name, t->o->columns ? width : 0);
	label_align_left(t->out, from, width);
}

void lock_line_end(struct lock_table *t)
{
	while (t->out->len && t->out->data[t->out->len - 1] == ' ')
		t->out->data[--t->out->len] = '\0';
	buf_putc(t->out, '\n');
}

void lock_process(const struct lock_row *row, bool container, struct buf *out)
{
	if (!row->pid && !*row->comm)
		buf_puts(out, "[kernel]");
	else if (row->pid)
		buf_printf(out, "%s (%" PRId64 ")", *row->comm ? row->comm : LABEL_NO_NAME,
			   row->pid);
	else
		buf_puts(out, row->comm);
	if (container && *row->container)
		buf_printf(out, " %s", row->container);
}

/* How wide the two columns of names may be. */
void lock_names_fit(struct lock_table *t, size_t fixed, size_t name, size_t process)
{
	size_t left = t->o->columns > fixed + LOCKS_GAP ? t->o->columns - fixed - LOCKS_GAP : 0;

	t->name = name > WIDEST_NAME && t->o->columns ? WIDEST_NAME : name;
	t->process = process;
	if (!t->o->columns || t->name + process <= left)
		return;
	if (left < 2 * NARROWEST_NAME)
		left = 2 * NARROWEST_NAME;
	/* What one leaves of its half is the other's. */
	if (t->name > left / 2)
		t->name = process < left / 2 ? left - process : left / 2;
	t->process = left - t->name;
}

void lock_line(struct lock_table *t, const struct buf *line, enum style style)
{
	if (!line->len)
		return;
	style_on(t->out, t->o->colour, style);
	label_wrap(t->out, buf_str(line), EXPLAIN_INDENT, true, t->o->columns);
	style_off(t->out, t->o->colour, style);
}

void lock_total(struct lock_table *t, size_t shown)
{
	const char *what = t->waits == LOCK_WAITS_HELD	   ? "lock"
			   : t->waits == LOCK_WAITS_EVENTS ? "event"
							   : "locks and event";
	struct buf line = {0};
	int64_t waits = 0;

	for (size_t i = 0; i < t->rows.n; i++)
		waits = profile_sum(waits, t->rows.at[i]->contentions);
	buf_puts(&line, "total ");
	time_text(&line, t->total > 0 ? (uint64_t)t->total : 0);
	buf_printf(&line, " of delay in %" PRId64 " wait%s for %zu %s%s", waits,
		   waits == 1 ? "" : "s", t->rows.n, what, t->rows.n == 1 ? "" : "s");
	if (shown < t->rows.n)
		buf_printf(&line, "; the first %zu %s shown", shown, shown == 1 ? "is" : "are");
	label_wrap(t->out, buf_str(&line), LOCKS_INDENT, false, t->o->columns);
	buf_done(&line);
}
