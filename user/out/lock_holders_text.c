// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of those who held others up. */
#include <string.h>

#include "model/lock_keepers.h"
#include "out/label.h"
#include "out/lock_explain.h"
#include "out/locks_table.h"
#include "out/time_text.h"

#define RUNQ	   11
#define MOST_LOCKS 3 /* named of one holder */

static void holder_headings(struct lock_table *t)
{
	size_t from;

	style_on(t->out, t->o->colour, STYLE_FAINT);
	label_pad(t->out, LOCKS_INDENT);
	lock_cell_heading(t, "delay", LOCKS_DELAY);
	lock_cell_heading(t, "share", LOCKS_SHARE);
	lock_cell_heading(t, "on CPU", LOCKS_TIME);
	lock_cell_heading(t, "run queue", RUNQ);
	lock_cell_heading(t, "blocked", LOCKS_TIME);
	label_pad(t->out, LOCKS_GAP);
	from = t->out->len;
	buf_puts(t->out, "holder");
	label_align_left(t->out, from, t->name + LOCKS_GAP);
	buf_puts(t->out, "process");
	style_off(t->out, t->o->colour, STYLE_FAINT);
	buf_putc(t->out, '\n');
}

static const char *holder_name(const struct lock_keeper *keeper)
{
	return *keeper->name ? keeper->name : "[not known]";
}

/* Those who are not known are of many processes. */
static void holder_process(const struct lock_table *t, const struct lock_keeper *keeper,
			   struct buf *out)
{
	if (*keeper->name)
		lock_process(&t->rank->rows.at[keeper->row], t->containers, out);
}

static void holder_locks(struct lock_table *t, const struct lock_keepers *k,
			 const struct lock_keeper *keeper)
{
	struct buf line = {0};

	buf_printf(&line, "%s ", keeper->n_locks == 1 ? "lock" : "locks");
	for (uint32_t i = 0; i < keeper->n_locks && i < MOST_LOCKS; i++) {
		const struct lock_row_holder *h = k->locks.at[keeper->first_lock + i];

		buf_printf(&line, "%s%s ", i ? ", " : "", t->rank->rows.at[h->row].lock);
		time_text(&line, h->delay > 0 ? (uint64_t)h->delay : 0);
	}
	if (keeper->n_locks > MOST_LOCKS)
		buf_printf(&line, ", and %u more", keeper->n_locks - MOST_LOCKS);
	lock_line(t, &line, STYLE_FAINT);
	buf_done(&line);
}

static void holder_print(struct lock_table *t, const struct lock_keepers *k,
			 const struct lock_keeper *keeper, bool explained)
{
	struct buf process = {0}, doing = {0};

	label_pad(t->out, LOCKS_INDENT);
	lock_cell_time(t, keeper->delay, STYLE_PLAIN, LOCKS_DELAY);
	lock_cell_share(t, keeper->delay);
	lock_cell_time(t, keeper->on_cpu, STYLE_PLAIN, LOCKS_TIME);
	lock_cell_time(t, keeper->runq, STYLE_PLAIN, RUNQ);
	lock_cell_time(t, keeper->blocked, STYLE_PLAIN, LOCKS_TIME);
	label_pad(t->out, LOCKS_GAP);
	style_on(t->out, t->o->colour, STYLE_TITLE);
	lock_cell_name(t, holder_name(keeper), t->name);
	style_off(t->out, t->o->colour, STYLE_TITLE);
	label_pad(t->out, LOCKS_GAP);
	holder_process(t, keeper, &process);
	lock_cell_name(t, buf_str(&process), t->process);
	lock_line_end(t);
	if (explained) {
		lock_explain_states(k->states.at + keeper->first_state, keeper->n_states,
				    keeper->delay, &doing);
		lock_line(t, &doing, STYLE_PLAIN);
		holder_locks(t, k, keeper);
	}
	buf_done(&process);
	buf_done(&doing);
}

void lock_holders_text(struct lock_table *t)
{
	struct lock_keepers *k = lock_keepers_new(t->rank);
	size_t shown = t->o->rows && t->o->rows < k->rows.n ? t->o->rows : k->rows.n;
	size_t name = strlen("holder"), process = strlen("process");
	struct buf text = {0};

	for (size_t i = 0; i < shown; i++) {
		size_t width = label_width(holder_name(&k->rows.at[i]));

		name = width > name ? width : name;
		buf_clear(&text);
		holder_process(t, &k->rows.at[i], &text);
		width = label_width(buf_str(&text));
		process = width > process ? width : process;
	}
	lock_names_fit(t,
		       LOCKS_INDENT + LOCKS_DELAY + LOCKS_SHARE + 2 * LOCKS_TIME + RUNQ + LOCKS_GAP,
		       name, process);
	if (shown)
		holder_headings(t);
	for (size_t i = 0; i < shown; i++)
		holder_print(t, k, &k->rows.at[i], i < LOCKS_EXPLAINED);
	lock_total(t, t->rows.n);
	buf_done(&text);
	lock_keepers_free(k);
}
