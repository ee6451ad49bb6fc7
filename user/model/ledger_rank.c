// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/ledger_rank.h"

#include <inttypes.h>
#include <string.h>

#include "model/filter.h"

#define OUTSIDE	 "[host]"
#define MANY	 "many"
#define NO_NAME	 "[unknown]"
#define ANY_COMM "[others]"

struct choice {
	struct ledger_rank *rank;
	const struct ledger *ledger;
	const struct filter *filter;
	struct buf text;
};

static uint64_t sum(uint64_t a, uint64_t b)
{
	return __builtin_add_overflow(a, b, &a) ? UINT64_MAX : a;
}

/* --- what a row is told apart by --- */

uint64_t ledger_row_blocked(const struct ledger *ledger, const struct ledger_row *row)
{
	uint64_t quiet = ledger_blocked(ledger, row->quiet, false);
	uint64_t blocked = ledger_blocked(ledger, row->times, false);

	return blocked > quiet ? blocked - quiet : 0;
}

bool ledger_row_quiet(const struct ledger *ledger, const struct ledger_row *row, uint32_t reason)
{
	return ledger->reasons[reason].idle ||
	       row->quiet->blocked[reason] > row->times->blocked[reason] / 2;
}

uint32_t ledger_row_top(const struct ledger *ledger, const struct ledger_row *row,
			uint32_t ret_reasons[LEDGER_TOP])
{
	const uint64_t *blocked = row->times->blocked;
	uint32_t taken = 0, n = 0;

	for (int quiet = 0; quiet < 2; quiet++)
		while (n < LEDGER_TOP) {
			uint32_t best = LEDGER_NONE;

			for (uint32_t i = 0; i < ledger->n_reasons; i++)
				if (blocked[i] && !(taken & 1u << i) &&
				    ledger_row_quiet(ledger, row, i) == quiet &&
				    (best == LEDGER_NONE || blocked[i] > blocked[best]))
					best = i;
			if (best == LEDGER_NONE)
				break;
			taken |= 1u << best;
			ret_reasons[n++] = best;
		}
	return n;
}

/* Waits for other processes, which have rows of their own. */
static bool is_for_others(const struct ledger_reason *reason)
{
	static const char *const names[] = {"pipe", "child", "stopped", "other"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(reason->name, names[i]))
			return true;
	return false;
}

bool ledger_reason_quiet(const struct ledger_reason *reason)
{
	return reason->idle || is_for_others(reason);
}

static void quiet_add(const struct ledger *ledger, const struct ledger_times *thread,
		      struct ledger_times *to)
{
	bool ran = thread->on_cpu || thread->runq;

	for (uint32_t i = 0; i < ledger->n_reasons; i++)
		if (is_for_others(&ledger->reasons[i]) ||
		    (!ran && !strcmp(ledger->reasons[i].name, "net")))
			to->blocked[i] = sum(to->blocked[i], thread->blocked[i]);
}

static void find_quiet(struct ledger_rank *rank, const struct ledger *ledger, enum rank_by by)
{
	size_t n = by == RANK_THREAD	  ? ledger->threads.n
		   : by == RANK_CONTAINER ? ledger->containers.n
					  : ledger->processes.n;

	rank->quiet = mem_array(n + 1, sizeof(*rank->quiet));
	for (size_t i = 0; i < ledger->threads.n; i++) {
		const struct ledger_thread *t = &ledger->threads.at[i];
		uint32_t container = ledger->processes.at[t->process].container;
		size_t at = by == RANK_THREAD	   ? i
			    : by != RANK_CONTAINER ? t->process
			    : container < n	   ? container
						   : n;

		quiet_add(ledger, &t->times, &rank->quiet[at]);
	}
}

/* --- rows --- */

static bool is_chosen(const struct choice *c, uint32_t pid, uint32_t comm, uint32_t container)
{
	const struct filter *f = c->filter;
	const struct ledger *ledger = c->ledger;
	const struct ledger_container *inside;
	bool pid_known = !f || !f->n_pids;

	if (!f)
		return true;
	for (size_t i = 0; i < f->n_pids && !pid_known; i++)
		pid_known = f->pids[i] == pid;
	if (!pid_known || (f->comm && strcmp(f->comm, ledger_str(ledger, comm))))
		return false;
	if (!f->n_containers || container == LEDGER_NONE)
		return !f->n_containers;
	inside = &ledger->containers.at[container];
	return filter_container(f, ledger_str(ledger, inside->name),
				ledger_str(ledger, inside->full_id));
}

static void row_add(struct choice *c, uint32_t index, uint64_t threads,
		    const struct ledger_times *times)
{
	uint32_t outside = (uint32_t)c->ledger->containers.n;
	struct intern *text = &c->rank->text;
	struct ledger_row row = {
		.label = intern_str(text, intern_add(text, buf_str(&c->text))),
		.index = index,
		.threads = threads,
		.times = times,
		.quiet = &c->rank->quiet[index == LEDGER_NONE ? outside : index],
	};

	row.active = sum(sum(times->on_cpu, times->runq), ledger_row_blocked(c->ledger, &row));
	c->rank->active = sum(c->rank->active, row.active);
	vec_push(&c->rank->rows, row);
	c->rank->threads += threads;
	ledger_sum(&c->rank->total, times);
}

static void process_label(struct choice *c, const struct ledger_process *p)
{
	const char *comm = ledger_str(c->ledger, p->comm);

	buf_clear(&c->text);
	if (p->pid)
		buf_printf(&c->text, "%s (%" PRIu32 ")", *comm ? comm : NO_NAME, p->pid);
	else
		buf_printf(&c->text, "%s (" MANY ")", *comm ? comm : ANY_COMM);
}

static void rank_processes(struct choice *c)
{
	for (uint32_t i = 0; i < c->ledger->processes.n; i++) {
		const struct ledger_process *p = &c->ledger->processes.at[i];

		if (!is_chosen(c, p->pid, p->comm, p->container))
			continue;
		process_label(c, p);
		row_add(c, i, p->threads, &p->times);
	}
}

static void rank_threads(struct choice *c)
{
	for (uint32_t i = 0; i < c->ledger->threads.n; i++) {
		const struct ledger_thread *t = &c->ledger->threads.at[i];
		const struct ledger_process *p = &c->ledger->processes.at[t->process];
		const char *name = ledger_str(c->ledger, t->thread);

		if (!is_chosen(c, t->pid, p->comm, p->container))
			continue;
		process_label(c, p);
		buf_printf(&c->text, " / %s (%" PRIu32 ")", *name ? name : NO_NAME, t->tid);
		row_add(c, i, 1, &t->times);
	}
}

/* By container: of the chosen processes, so that every filter works. */
static void rank_containers(struct choice *c)
{
	const struct ledger *ledger = c->ledger;
	uint32_t n = (uint32_t)ledger->containers.n;
	struct ledger_times *sums = mem_array(n + 1, sizeof(*sums));
	uint64_t *threads = mem_array(n + 1, sizeof(*threads));
	const struct ledger_process *p;

	vec_each(p, &ledger->processes) {
		uint32_t at = p->container == LEDGER_NONE ? n : p->container;

		if (!is_chosen(c, p->pid, p->comm, p->container))
			continue;
		ledger_sum(&sums[at], &p->times);
		threads[at] += p->threads;
	}
	c->rank->sums = sums;
	for (uint32_t i = 0; i <= n; i++) {
		const char *name =
			i < n ? ledger_str(ledger, ledger->containers.at[i].name) : OUTSIDE;

		if (!threads[i])
			continue;
		buf_clear(&c->text);
		buf_puts(&c->text, *name ? name : NO_NAME);
		row_add(c, i < n ? i : LEDGER_NONE, threads[i], &sums[i]);
	}
	free(threads);
}

static int compare(const void *left, const void *right)
{
	const struct ledger_row *a = left, *b = right;

	if (a->active != b->active)
		return a->active > b->active ? -1 : 1;
	if (a->times->wall != b->times->wall)
		return a->times->wall > b->times->wall ? -1 : 1;
	return strcmp(a->label, b->label);
}

struct ledger_rank *ledger_rank_new(const struct ledger *ledger, enum rank_by by,
				    const struct filter *filter)
{
	struct ledger_rank *rank = mem_zalloc(sizeof(*rank));
	struct choice c = {.rank = rank, .ledger = ledger, .filter = filter};

	find_quiet(rank, ledger, by);
	if (by == RANK_THREAD)
		rank_threads(&c);
	else if (by == RANK_CONTAINER)
		rank_containers(&c);
	else
		rank_processes(&c);
	if (rank->rows.n)
		qsort(rank->rows.at, rank->rows.n, sizeof(*rank->rows.at), compare);
	buf_done(&c.text);
	return rank;
}

void ledger_rank_free(struct ledger_rank *rank)
{
	if (!rank)
		return;
	vec_done(&rank->rows);
	intern_done(&rank->text);
	free(rank->sums);
	free(rank->quiet);
	free(rank);
}
