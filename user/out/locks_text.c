// SPDX-License-Identifier: GPL-2.0-or-later
#include "out/locks_table.h"

#include <string.h>

#include "model/locks.h"
#include "model/profile.h"
#include "out/label.h"
#include "out/lock_explain.h"
#include "out/time_text.h"

#define CLASS		11  /* "semaphore" and a gap on each side */
#define ROOM_FOR_ALL	72  /* columns from which no column is left out */
#define ROOM_FOR_INSIDE 100 /* the same, with containers */
#define ENOUGH_OF_NAME	16  /* columns of a name, before which others are left out */

/* --- by lock --- */

static bool is_shown(const struct lock_table *t, const struct lock_row *row)
{
	return t->waits == LOCK_WAITS_ALL || row->held == (t->waits == LOCK_WAITS_HELD);
}

static size_t fixed_width(const struct lock_table *t)
{
	return LOCKS_INDENT + LOCKS_DELAY + (t->narrow ? 0 : LOCKS_SHARE + LOCKS_TIME) +
	       LOCKS_COUNT + CLASS + LOCKS_GAP + (t->counted ? LOCKS_COUNT + LOCKS_TIME : 0);
}

static size_t enough(size_t width)
{
	return width < ENOUGH_OF_NAME ? width : ENOUGH_OF_NAME;
}

static void lock_widths(struct lock_table *t)
{
	size_t name = strlen("lock"), process = strlen("process");
	struct buf text = {0};

	for (size_t i = 0; i < t->shown; i++) {
		buf_clear(&text);
		label_clean(&text, t->rows.at[i]->lock);
		if (label_width(buf_str(&text)) > name)
			name = label_width(buf_str(&text));
		buf_clear(&text);
		lock_process(t->rows.at[i], t->containers, &text);
		if (label_width(buf_str(&text)) > process)
			process = label_width(buf_str(&text));
	}
	buf_done(&text);
	if (t->o->columns &&
	    fixed_width(t) + enough(name) + LOCKS_GAP + enough(process) > t->o->columns)
		t->narrow = true;
	lock_names_fit(t, fixed_width(t), name, process);
}

static void lock_headings(struct lock_table *t)
{
	size_t from;

	style_on(t->out, t->o->colour, STYLE_FAINT);
	label_pad(t->out, LOCKS_INDENT);
	lock_cell_heading(t, "delay", LOCKS_DELAY);
	if (!t->narrow)
		lock_cell_heading(t, "share", LOCKS_SHARE);
	lock_cell_heading(t, "waits", LOCKS_COUNT);
	if (!t->narrow)
		lock_cell_heading(t, "longest", LOCKS_TIME);
	if (t->counted) {
		lock_cell_heading(t, "taken", LOCKS_COUNT);
		lock_cell_heading(t, "held", LOCKS_TIME);
	}
	label_pad(t->out, LOCKS_GAP);
	from = t->out->len;
	buf_puts(t->out, "class");
	label_align_left(t->out, from, CLASS);
	from = t->out->len;
	buf_puts(t->out, "lock");
	label_align_left(t->out, from, t->name + LOCKS_GAP);
	buf_puts(t->out, "process");
	style_off(t->out, t->o->colour, STYLE_FAINT);
	buf_putc(t->out, '\n');
}

/* Where there is no room for "taken in f", f says more than "taken…f". */
static const char *lock_name(const struct lock_table *t, const char *name)
{
	size_t taken_in = strlen(LOCKS_TAKEN_IN);

	if (!*name)
		return "[not known]";
	return label_width(name) > t->name && !strncmp(name, LOCKS_TAKEN_IN, taken_in)
		       ? name + taken_in
		       : name;
}

static void lock_print(struct lock_table *t, const struct lock_row *row)
{
	struct buf process = {0};

	label_pad(t->out, LOCKS_INDENT);
	lock_cell_time(t, row->delay, STYLE_PLAIN, LOCKS_DELAY);
	if (!t->narrow)
		lock_cell_share(t, row->delay);
	lock_cell_count(t, row->contentions, LOCKS_COUNT);
	if (!t->narrow)
		lock_cell_time(t, row->longest, STYLE_FAINT, LOCKS_TIME);
	if (t->counted) {
		lock_cell_count(t, row->acquisitions, LOCKS_COUNT);
		lock_cell_time(t, row->hold, STYLE_PLAIN, LOCKS_TIME);
	}
	label_pad(t->out, LOCKS_GAP);
	lock_cell_name(t, row->class, CLASS - LOCKS_GAP);
	label_pad(t->out, LOCKS_GAP);
	style_on(t->out, t->o->colour, STYLE_TITLE);
	lock_cell_name(t, lock_name(t, row->lock), t->name);
	style_off(t->out, t->o->colour, STYLE_TITLE);
	label_pad(t->out, LOCKS_GAP);
	lock_process(row, t->containers, &process);
	lock_cell_name(t, buf_str(&process), t->process);
	lock_line_end(t);
	buf_done(&process);
}

static void lock_explained(struct lock_table *t, const struct lock_row *row)
{
	struct buf line = {0}, part = {0};

	lock_explain(t->rank, row, &line);
	lock_line(t, &line, STYLE_PLAIN);
	buf_clear(&line);
	lock_explain_waiters(t->rank, row, &part);
	if (part.len)
		buf_printf(&line, "waited for in %s", buf_str(&part));
	buf_clear(&part);
	if (row->held)
		lock_explain_releases(t->rank, row, &part);
	if (part.len)
		buf_printf(&line, "%slet go %s", line.len ? "; " : "", buf_str(&part));
	lock_line(t, &line, STYLE_FAINT);
	buf_done(&line);
	buf_done(&part);
}

static void by_lock(struct lock_table *t)
{
	if (t->shown) {
		lock_widths(t);
		lock_headings(t);
	}
	for (size_t i = 0; i < t->shown; i++) {
		lock_print(t, t->rows.at[i]);
		if (i < LOCKS_EXPLAINED && t->rows.at[i]->delay)
			lock_explained(t, t->rows.at[i]);
	}
	lock_total(t, t->shown);
}

/* --- what is left out --- */

struct class_sum {
	const char *name;
	int64_t delay;
};
#define MOST_CLASSES 16

/* "condvar 48.5 s, join 2.00 s" */
static void classes_list(const struct lock_table *t, bool held, struct buf *out)
{
	struct class_sum sums[MOST_CLASSES];
	const struct lock_row *row;
	size_t n = 0;

	vec_each(row, &t->rank->rows) {
		size_t i = 0;

		if (row->held != held)
			continue;
		while (i < n && strcmp(sums[i].name, row->class))
			i++;
		if (i == n && n == MOST_CLASSES)
			continue;
		if (i == n)
			sums[n++] = (struct class_sum){.name = row->class};
		sums[i].delay = profile_sum(sums[i].delay, row->delay);
	}
	for (size_t i = 0; i < n; i++) {
		if (sums[i].delay <= 0)
			continue;
		buf_printf(out, "%s%s ", out->len ? ", " : "", sums[i].name);
		time_text(out, (uint64_t)sums[i].delay);
	}
}

static void left_out_print(struct lock_table *t)
{
	bool held = t->waits == LOCK_WAITS_EVENTS;
	int64_t out = lock_rank_total(t->rank, held);
	struct buf line = {0}, classes = {0};

	if (t->waits == LOCK_WAITS_ALL || out <= 0)
		return;
	classes_list(t, held, &classes);
	buf_puts(&line, "left out: ");
	time_text(&line, (uint64_t)out);
	buf_printf(&line, " of waits for %s (%s): --waits all shows it",
		   held ? "locks that somebody held" : "events, which nobody holds",
		   buf_str(&classes));
	label_wrap(t->out, buf_str(&line), LOCKS_INDENT, false, t->o->columns);
	buf_done(&line);
	buf_done(&classes);
}

static void table_init(struct lock_table *t)
{
	const struct lock_row *row;

	t->containers = !t->o->columns || t->o->columns >= ROOM_FOR_INSIDE;
	vec_each(row, &t->rank->rows) {
		t->counted |= row->acquisitions > 0;
		if (!is_shown(t, row))
			continue;
		vec_push(&t->rows, row);
		t->total = profile_sum(t->total, row->delay);
	}
	t->narrow = t->o->columns &&
		    t->o->columns < ROOM_FOR_ALL + (t->counted ? LOCKS_COUNT + LOCKS_TIME : 0);
	t->shown = t->o->rows && t->o->rows < t->rows.n ? t->o->rows : t->rows.n;
}

void locks_text(const struct lock_rank *rank, enum lock_waits waits, const struct out_options *o,
		struct buf *out)
{
	bool holders = o->by == RANK_HOLDER;
	struct lock_table t = {
		.rank = rank, .o = o, .waits = holders ? LOCK_WAITS_HELD : waits, .out = out};

	table_init(&t);
	if (holders)
		lock_holders_text(&t);
	else
		by_lock(&t);
	if (!holders)
		left_out_print(&t);
	vec_done(&t.rows);
}

void locks_text_top(const struct profile *p, const struct locks *locks, const struct out_options *o,
		    struct buf *out)
{
	struct out_options top = *o;
	struct lock_rank *rank = lock_rank_new(p);

	if (locks)
		lock_rank_exact(rank, locks, NULL);
	top.by = RANK_LOCK;
	if (rank->rows.n)
		locks_text(rank, LOCK_WAITS_HELD, &top, out);
	locks_text_inversions(locks, o, out);
	lock_rank_free(rank);
}
