// SPDX-License-Identifier: GPL-2.0-or-later
#include "out/ledger_text.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "model/filter.h"
#include "model/ledger_rank.h"
#include "out/bar.h"
#include "out/label.h"
#include "out/out.h"
#include "out/style.h"
#include "out/time_text.h"
#include "util/bytes.h"

#define INDENT	     2
#define THREADS	     9 /* widths of columns, with the space in front */
#define TIME	     9
#define RUNQ	     11
#define GAP	     2
#define ONE_WAIT     14 /* "(poll 12.3 ms)" */
#define NARROW_NAME  16
#define WIDE_NAME    44
#define NARROW_BAR   8
#define WIDE_BAR     60
#define ROOM_FOR_BAR 100 /* columns from which there is one */

struct table {
	const struct ledger *ledger;
	const struct out_options *o;
	const struct ledger_rank *rank;
	size_t shown, name, waits, bar;
	struct buf *out;
};

/* --- pieces --- */

static double part(uint64_t n, uint64_t whole)
{
	return whole ? (double)n / (double)whole : 0;
}

/* "12.3 %", small ones with more digits. */
static void percent_print(struct buf *out, uint64_t n, uint64_t whole)
{
	double percent = 100 * part(n, whole);

	buf_printf(out, percent && percent < 0.095 ? "%.3f %%" : "%.1f %%", percent);
}

static void column_time(struct table *t, uint64_t ns, enum style style, size_t width)
{
	struct buf text = {0};

	time_text(&text, ns);
	label_align_right(&text, 0, width);
	style_on(t->out, t->o->colour, style);
	buf_puts(t->out, buf_str(&text));
	style_off(t->out, t->o->colour, style);
	buf_done(&text);
}

/* --- the table --- */

static void widths_choose(struct table *t)
{
	size_t fixed = INDENT + THREADS + 2 * TIME + RUNQ + GAP;
	size_t left = t->o->columns > fixed ? t->o->columns - fixed : 0;
	bool wide = t->o->columns >= ROOM_FOR_BAR || !t->o->columns;

	for (size_t i = 0; i < t->shown; i++) {
		size_t width = label_width(t->rank->rows.at[i].label);

		if (width > t->name)
			t->name = width;
	}
	if (t->name < strlen(rank_by_name(RANK_CONTAINER)))
		t->name = strlen(rank_by_name(RANK_CONTAINER));
	t->waits = LEDGER_TOP * ONE_WAIT + (LEDGER_TOP - 1) * GAP;
	t->bar = wide ? NARROW_BAR * 3 : 0;
	if (!t->o->columns)
		return;
	if (t->name > WIDE_NAME)
		t->name = WIDE_NAME;
	if (t->name + ONE_WAIT > left)
		t->name = left > NARROW_NAME + ONE_WAIT ? left - ONE_WAIT : NARROW_NAME;
	left = left > t->name ? left - t->name : 0;
	while (wide && t->waits > ONE_WAIT && t->waits + GAP + NARROW_BAR > left)
		t->waits -= ONE_WAIT + GAP;
	if (!wide || t->waits + GAP + NARROW_BAR > left)
		t->waits = left > ONE_WAIT ? left : ONE_WAIT;
	t->bar = left > t->waits + GAP ? left - t->waits - GAP : 0;
	t->bar = t->bar > WIDE_BAR ? WIDE_BAR : t->bar;
}

static void headings_print(struct table *t)
{
	bool by_known = t->o->by == RANK_THREAD || t->o->by == RANK_CONTAINER;
	size_t from;

	label_pad(t->out, INDENT);
	style_on(t->out, t->o->colour, STYLE_FAINT);
	from = t->out->len;
	buf_puts(t->out, rank_by_name(by_known ? t->o->by : RANK_PROCESS));
	label_align_left(t->out, from, t->name);
	buf_printf(t->out, "%*s%*s%*s%*s", THREADS, "threads", TIME, "wall", TIME, "on CPU", RUNQ,
		   "run queue");
	label_pad(t->out, GAP);
	from = t->out->len;
	buf_puts(t->out, t->waits < 2 * ONE_WAIT ? "waited for" : "waited for (at rest)");
	if (t->bar) {
		label_align_left(t->out, from, t->waits + GAP);
		buf_puts(t->out, t->bar < 2 * ONE_WAIT ? "█ CPU ▓ queue ▒ wait"
						       : "█ on CPU  ▓ run queue  ▒ waited");
	}
	style_off(t->out, t->o->colour, STYLE_FAINT);
	buf_putc(t->out, '\n');
}

/* As many of the largest as have room; the quiet ones in brackets. Returns the columns used. */
static size_t waits_print(struct table *t, const struct ledger_row *row, size_t room)
{
	uint32_t top[LEDGER_TOP], n = ledger_row_top(t->ledger, row, top);
	struct buf text = {0};
	size_t used = 0;

	for (uint32_t i = 0; i < n; i++) {
		bool quiet = ledger_row_quiet(t->ledger, row, top[i]);
		enum style style = quiet ? STYLE_FAINT : STYLE_PLAIN;
		size_t width;

		buf_clear(&text);
		buf_printf(&text, "%s%s ", quiet ? "(" : "", t->ledger->reasons[top[i]].name);
		time_text(&text, row->times->blocked[top[i]]);
		buf_puts(&text, quiet ? ")" : "");
		width = label_width(buf_str(&text));
		if (used && used + GAP + width > room)
			break;
		if (used)
			label_pad(t->out, GAP);
		used += width + (used ? GAP : 0);
		style_on(t->out, t->o->colour, style);
		buf_puts(t->out, buf_str(&text));
		style_off(t->out, t->o->colour, style);
	}
	buf_done(&text);
	return used;
}

static void bar_put(struct table *t, const struct ledger_row *row)
{
	double most = (double)t->rank->rows.at[0].active;
	const struct bar_part parts[] = {
		{(double)row->times->on_cpu / most, BAR_FULL, STYLE_GOOD},
		{(double)row->times->runq / most, BAR_DARK, STYLE_WARM},
		{(double)ledger_row_blocked(t->ledger, row) / most, BAR_MEDIUM, STYLE_HOT},
	};

	if (row->active)
		bar_stacked(t->out, parts, 3, t->bar, t->o->colour);
}

static void row_print(struct table *t, const struct ledger_row *row)
{
	const struct ledger_times *times = row->times;
	uint64_t all = t->rank->active;
	size_t from, used;

	label_pad(t->out, INDENT);
	from = t->out->len;
	label_fit(t->out, row->label, t->o->columns ? t->name : 0);
	label_align_left(t->out, from, t->name);
	buf_printf(t->out, "%*" PRIu64, THREADS, row->threads);
	column_time(t, times->wall, STYLE_FAINT, TIME);
	column_time(t, times->on_cpu, style_of_percent(100 * part(times->on_cpu, all)), TIME);
	column_time(t, times->runq, style_of_percent(100 * part(times->runq, all)), RUNQ);
	label_pad(t->out, GAP);
	used = waits_print(t, row, t->waits);
	if (t->bar && row->active) {
		label_pad(t->out, (used < t->waits ? t->waits - used : 0) + GAP);
		bar_put(t, row);
	}
	while (t->out->len && t->out->data[t->out->len - 1] == ' ')
		t->out->data[--t->out->len] = '\0';
	buf_putc(t->out, '\n');
}

static void more_print(struct table *t)
{
	size_t n = t->rank->rows.n - t->shown, idle = 0;

	if (!n)
		return;
	for (size_t i = t->shown; i < t->rank->rows.n; i++)
		idle += !t->rank->rows.at[i].active;
	label_pad(t->out, INDENT);
	buf_printf(t->out, "%zu more", n);
	if (idle)
		buf_printf(t->out, ", %zu of them at rest all the time", idle);
	buf_putc(t->out, '\n');
}

/* --- what it comes to --- */

static void reasons_list(const struct ledger *ledger, const struct ledger_times *times, bool idle,
			 const char *before, struct buf *line)
{
	for (uint32_t i = 0; i < ledger->n_reasons; i++) {
		if (ledger->reasons[i].idle != idle || !times->blocked[i])
			continue;
		buf_printf(line, "%s%s ", before, ledger->reasons[i].name);
		percent_print(line, times->blocked[i], times->wall);
		before = ", ";
	}
}

/* The parts of a hundred percent. */
static void total_print(struct table *t, struct buf *line)
{
	const struct ledger_times *all = &t->rank->total;
	uint64_t idle = ledger_blocked(t->ledger, all, true);

	buf_puts(line, "100 %: on CPU ");
	percent_print(line, all->on_cpu, all->wall);
	buf_puts(line, ", run queue ");
	percent_print(line, all->runq, all->wall);
	reasons_list(t->ledger, all, false, ", ", line);
	if (idle) {
		buf_puts(line, "; waiting for work ");
		percent_print(line, idle, all->wall);
		reasons_list(t->ledger, all, true, " (", line);
		buf_putc(line, ')');
	}
	buf_printf(line, "; residual %s", all->residual < 0 ? "-" : "");
	percent_print(line, all->residual < 0 ? -(uint64_t)all->residual : (uint64_t)all->residual,
		      all->wall);
}

static void line_print(struct table *t, struct buf *line)
{
	if (line->len)
		label_wrap(t->out, buf_str(line), INDENT, true, t->o->columns);
	buf_clear(line);
}

static void throttled_line(struct table *t, struct buf *line)
{
	const struct ledger_container *c;

	vec_each(c, &t->ledger->containers) {
		if (!c->throttled)
			continue;
		buf_puts(line, line->len ? ", " : "held back by a CPU quota: ");
		label_clean(line, ledger_str(t->ledger, c->name));
		buf_putc(line, ' ');
		time_text(line, c->throttled);
		buf_printf(line, " in %" PRIu64 " times (run queue ", c->throttles);
		time_text(line, c->times.runq);
		buf_putc(line, ')');
	}
}

static void memory_line(struct table *t, struct buf *line)
{
	const struct ledger_container *c;

	vec_each(c, &t->ledger->containers) {
		uint64_t used = c->memory_after ? c->memory_after : c->memory_before;

		if (!c->memory_limit || !used)
			continue;
		buf_puts(line, line->len ? ", " : "memory limits: ");
		label_clean(line, ledger_str(t->ledger, c->name));
		buf_printf(line, " has %.1f of %.1f MiB", (double)used / BYTES_PER_MIB,
			   (double)c->memory_limit / BYTES_PER_MIB);
		if (c->memory_before && c->memory_after)
			buf_printf(line, " (%+.1f)",
				   ((double)c->memory_after - (double)c->memory_before) /
					   BYTES_PER_MIB);
	}
}

static void host_lines(struct table *t)
{
	const struct ledger *ledger = t->ledger;
	struct buf line = {0};

	if (ledger->steal) {
		buf_puts(&line, "taken by the hypervisor: ");
		time_text(&line, ledger->steal);
		buf_puts(&line, " of all CPUs together");
	}
	line_print(t, &line);
	throttled_line(t, &line);
	line_print(t, &line);
	memory_line(t, &line);
	line_print(t, &line);
	if (ledger->heals)
		buf_printf(&line, "%" PRIu64 " switches were missed, and made up for at the next",
			   ledger->heals);
	line_print(t, &line);
	if (ledger->threads_folded)
		buf_printf(&line, "%" PRIu64 " threads beyond the limit have no rows of their own",
			   ledger->threads_folded);
	line_print(t, &line);
	buf_done(&line);
}

static void title_print(struct table *t)
{
	struct buf line = {0};

	buf_printf(&line, "wall time: %" PRIu64 " thread%s, ", t->rank->threads,
		   t->rank->threads == 1 ? "" : "s");
	time_text(&line, t->rank->total.wall);
	buf_puts(&line, " together");
	style_on(t->out, t->o->colour, STYLE_TITLE);
	label_wrap(t->out, buf_str(&line), 0, true, t->o->columns);
	style_off(t->out, t->o->colour, STYLE_TITLE);
	buf_done(&line);
}

void ledger_text(const struct ledger *ledger, const struct filter *filter,
		 const struct out_options *o, struct buf *out)
{
	struct ledger_rank *rank = ledger_rank_new(ledger, o->by, filter);
	struct table t = {.ledger = ledger, .o = o, .rank = rank, .out = out};
	struct buf line = {0};

	t.shown = o->rows && o->rows < rank->rows.n ? o->rows : rank->rows.n;
	title_print(&t);
	if (t.shown) {
		widths_choose(&t);
		headings_print(&t);
		for (size_t i = 0; i < t.shown; i++)
			row_print(&t, &rank->rows.at[i]);
		more_print(&t);
		total_print(&t, &line);
		line_print(&t, &line);
	}
	if (!filter || filter_is_empty(filter))
		host_lines(&t);
	buf_done(&line);
	ledger_rank_free(rank);
}

int ledger_text_write(const struct ledger *ledger, const struct filter *filter,
		      const struct out_options *o, FILE *to)
{
	struct buf out = {0};
	int err = 0;

	ledger_text(ledger, filter, o, &out);
	if (fwrite(out.data, 1, out.len, to) != out.len)
		err = errno ? -errno : -EIO;
	buf_done(&out);
	return err;
}
