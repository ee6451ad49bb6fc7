// SPDX-License-Identifier: GPL-2.0-or-later
#include "out/lock_explain.h"

#include <string.h>

#include "model/lock_rank.h"
#include "model/lock_where.h"
#include "model/profile.h"
#include "out/scale.h"

#define LEAST	   5.0 /* percent below which a part is not told */
#define NEARLY_ALL 99.5
#define MOST_SITES 2
#define KERNEL	   "kernel" /* a class: its locks are taken by the kernel's functions */

void lock_percent(int64_t n, int64_t whole, struct buf *out)
{
	double percent = scale_percent(n, whole);

	if (percent > 0 && percent < 0.5)
		buf_puts(out, "<1 %");
	else
		buf_printf(out, "%.0f %%", percent);
}

/* " (disk 94 %, on-CPU 6 %)", or " (disk)" */
static void states_list(const struct lock_row_state *states, uint32_t n, int64_t whole,
			struct buf *out)
{
	const char *before = " (";

	for (uint32_t i = 0; i < n; i++) {
		double percent = scale_percent(states[i].delay, whole);

		if (percent < LEAST)
			continue;
		buf_printf(out, "%s%s", before, *states[i].state ? states[i].state : "not known");
		if (percent < NEARLY_ALL) {
			buf_putc(out, ' ');
			lock_percent(states[i].delay, whole, out);
		}
		before = ", ";
	}
	if (*before == ',')
		buf_putc(out, ')');
}

static void blocked_print(const struct lock_row_state *state, struct buf *out)
{
	struct buf what = {0}, at = {0};

	buf_puts(out, "blocked");
	lock_where_text(state->stack, &what, &at);
	if (what.len)
		buf_printf(out, " in %s", buf_str(&what));
	if (at.len)
		buf_printf(out, " at %s", buf_str(&at));
	buf_done(&what);
	buf_done(&at);
}

void lock_explain_states(const struct lock_row_state *states, uint32_t n, int64_t whole,
			 struct buf *out)
{
	bool on_cpu, runq;

	if (!n || !*states->state)
		return;
	on_cpu = !strcmp(states->state, LOCK_ON_CPU);
	runq = !strcmp(states->state, LOCK_RUNQ);
	if (on_cpu)
		buf_puts(out, "on a CPU");
	else if (runq)
		buf_puts(out, "waiting for a CPU");
	else
		blocked_print(states, out);
	if ((!on_cpu && !runq) || scale_percent(states->delay, whole) < NEARLY_ALL)
		states_list(states, n, whole, out);
}

/* The next ones, when they had a part worth telling. */
static void others_print(const struct lock_rank *rank, const struct lock_row *row, uint32_t known,
			 struct buf *out)
{
	const struct lock_row_holder *second = &rank->holders.at[row->first_holder + 1];

	if (known < 2 || scale_percent(second->delay, row->delay) < LEAST)
		return;
	buf_puts(out, "; ");
	lock_percent(second->delay, row->delay, out);
	buf_printf(out, " by %s", second->name);
	if (known > 2)
		buf_printf(out, ", the rest by %u more", known - 2);
}

static void held_print(const struct lock_rank *rank, const struct lock_row *row, struct buf *out)
{
	const struct lock_row_holder *h = &rank->holders.at[row->first_holder];
	uint32_t known = row->n_holders;
	const struct lock_row_holder *last = h + known - (known ? 1 : 0);
	int64_t unknown = 0;
	struct buf doing = {0};

	if (known && !*last->name) {
		unknown = last->delay;
		known--;
	}
	if (!known) {
		buf_puts(out, "who held it is not known");
		return;
	}
	buf_puts(out, "held ");
	lock_percent(h->delay, row->delay, out);
	buf_printf(out, " of the time by %s", h->name);
	lock_explain_states(rank->states.at + h->first, h->n, h->delay, &doing);
	if (doing.len)
		buf_printf(out, ", itself %s", buf_str(&doing));
	others_print(rank, row, known, out);
	if (scale_percent(unknown, row->delay) >= LEAST) {
		buf_puts(out, "; who held it is not known for ");
		lock_percent(unknown, row->delay, out);
	}
	buf_done(&doing);
}

void lock_explain(const struct lock_rank *rank, const struct lock_row *row, struct buf *out)
{
	struct buf releases = {0};

	if (!row->delay)
		return;
	if (row->held) {
		held_print(rank, row, out);
		return;
	}
	lock_explain_releases(rank, row, &releases);
	if (releases.len)
		buf_printf(out, "nobody holds it; ended %s", buf_str(&releases));
	else
		buf_puts(out, "nobody holds it: a wait for something to happen");
	buf_done(&releases);
}

/* Sites of one name, told once: those of the same function are added up. */
struct site {
	char *name;
	int64_t delay;
};
#define MOST_TRIED 16 /* sites looked at: the largest */

struct site_list {
	struct site at[MOST_TRIED];
	size_t n;
};

static void site_add(struct site_list *list, const struct buf *name, int64_t delay)
{
	for (size_t i = 0; i < list->n; i++)
		if (!strcmp(list->at[i].name, buf_str(name))) {
			list->at[i].delay = profile_sum(list->at[i].delay, delay);
			return;
		}
	list->at[list->n++] = (struct site){mem_strdup(buf_str(name)), delay};
}

static void sites_print(struct site_list *list, int64_t whole, struct buf *out)
{
	for (int shown = 0; shown < MOST_SITES; shown++) {
		struct site *most = NULL;

		for (size_t i = 0; i < list->n; i++)
			if (!most || list->at[i].delay > most->delay)
				most = &list->at[i];
		if (!most || scale_percent(most->delay, whole) < LEAST)
			break;
		buf_printf(out, "%s%s", out->len ? ", " : "", most->name);
		if (scale_percent(most->delay, whole) < NEARLY_ALL) {
			buf_putc(out, ' ');
			lock_percent(most->delay, whole, out);
		}
		most->delay = 0;
	}
	for (size_t i = 0; i < list->n; i++)
		free(list->at[i].name);
}

void lock_explain_waiters(const struct lock_rank *rank, const struct lock_row *row, struct buf *out)
{
	bool kernel = !strcmp(row->class, KERNEL);
	struct site_list list = {0};

	for (uint32_t i = 0; i < row->n_waiters && i < MOST_TRIED; i++) {
		const struct lock_row_site *site = &rank->sites.at[row->first_waiter + i];
		struct buf name = {0};

		lock_where_stack(rank->p, site->stack, kernel, &name);
		if (name.len)
			site_add(&list, &name, site->delay);
		buf_done(&name);
	}
	sites_print(&list, row->delay, out);
}

void lock_explain_releases(const struct lock_rank *rank, const struct lock_row *row,
			   struct buf *out)
{
	struct site_list list = {0};

	for (uint32_t i = 0; i < row->n_releases && i < MOST_TRIED; i++) {
		const struct lock_row_site *site = &rank->sites.at[row->first_release + i];
		struct buf name = {0}, at = {0};

		lock_where_own(site->text, &at);
		if (*site->name)
			buf_printf(&name, "by %s", site->name);
		if (at.len)
			buf_printf(&name, "%sin %s", name.len ? " " : "", buf_str(&at));
		if (name.len)
			site_add(&list, &name, site->delay);
		buf_done(&name);
		buf_done(&at);
	}
	sites_print(&list, row->delay, out);
}
