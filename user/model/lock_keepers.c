// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/lock_keepers.h"

#include <string.h>

#include "model/profile.h"

static int compare_numbers(int64_t a, int64_t b)
{
	return a < b ? -1 : a > b;
}

/* By thread: those of one name in two processes are two. */
static int compare_threads(const struct lock_rank *rank, const struct lock_row_holder *a,
			   const struct lock_row_holder *b)
{
	int order = strcmp(a->name, b->name);

	return order || !*a->name
		       ? order
		       : compare_numbers(rank->rows.at[a->row].pid, rank->rows.at[b->row].pid);
}

static int by_thread(const void *left, const void *right, void *arg)
{
	const struct lock_row_holder *a = *(const struct lock_row_holder *const *)left;
	const struct lock_row_holder *b = *(const struct lock_row_holder *const *)right;
	int order = compare_threads(arg, a, b);

	if (!order)
		order = compare_numbers(b->delay, a->delay);
	return order ? order : compare_numbers(a->row, b->row);
}

/* By name; of equal ones the first has the stack that is kept. */
static int by_name(const void *left, const void *right)
{
	const struct lock_row_state *a = left, *b = right;
	int order = strcmp(a->state, b->state);

	if (!order)
		order = compare_numbers(!*a->stack, !*b->stack);
	return order ? order : compare_numbers(b->delay, a->delay);
}

static int by_delay(const void *left, const void *right)
{
	const struct lock_row_state *a = left, *b = right;
	int order = compare_numbers(b->delay, a->delay);

	return order ? order : strcmp(a->state, b->state);
}

static int by_keeper(const void *left, const void *right)
{
	const struct lock_keeper *a = left, *b = right;
	int order = compare_numbers(!*a->name, !*b->name);

	if (!order)
		order = compare_numbers(b->delay, a->delay);
	return order ? order : strcmp(a->name, b->name);
}

/* Equal states of several locks become one. */
static void states_merge(struct lock_keepers *k, struct lock_keeper *keeper)
{
	struct lock_row_state *first = k->states.at + keeper->first_state;
	size_t n = k->states.n - keeper->first_state, kept = 0;

	if (!n)
		return;
	qsort(first, n, sizeof(*first), by_name);
	for (size_t i = 0; i < n; i++) {
		if (kept && !strcmp(first[kept - 1].state, first[i].state))
			first[kept - 1].delay = profile_sum(first[kept - 1].delay, first[i].delay);
		else
			first[kept++] = first[i];
	}
	qsort(first, kept, sizeof(*first), by_delay);
	keeper->n_states = (uint32_t)kept;
	k->states.n = keeper->first_state + kept;
}

static void state_add(struct lock_keepers *k, struct lock_keeper *keeper,
		      const struct lock_row_state *state)
{
	int64_t *part = !strcmp(state->state, LOCK_ON_CPU) ? &keeper->on_cpu
			: !strcmp(state->state, LOCK_RUNQ) ? &keeper->runq
			: *state->state			   ? &keeper->blocked
							   : NULL;

	if (part)
		*part = profile_sum(*part, state->delay);
	vec_push(&k->states, *state);
}

/* The holders from `first` on that are the same thread; returns where the next begins. */
static size_t keeper_add(struct lock_keepers *k, const struct lock_rank *rank, size_t first)
{
	struct lock_keeper keeper = {.name = k->locks.at[first]->name,
				     .row = k->locks.at[first]->row,
				     .first_state = (uint32_t)k->states.n,
				     .first_lock = (uint32_t)first};
	size_t i = first;

	for (; i < k->locks.n && !compare_threads(rank, k->locks.at[first], k->locks.at[i]); i++) {
		const struct lock_row_holder *h = k->locks.at[i];

		keeper.delay = profile_sum(keeper.delay, h->delay);
		for (uint32_t s = 0; s < h->n; s++)
			state_add(k, &keeper, &rank->states.at[h->first + s]);
	}
	keeper.n_locks = (uint32_t)(i - first);
	states_merge(k, &keeper);
	vec_push(&k->rows, keeper);
	return i;
}

struct lock_keepers *lock_keepers_new(const struct lock_rank *rank)
{
	struct lock_keepers *k = mem_zalloc(sizeof(*k));
	const struct lock_row *row;
	size_t at = 0;

	vec_each(row, &rank->rows)
		for (uint32_t i = 0; row->held && i < row->n_holders; i++)
			vec_push(&k->locks, &rank->holders.at[row->first_holder + i]);
	if (k->locks.n)
		qsort_r(k->locks.at, k->locks.n, sizeof(*k->locks.at), by_thread, (void *)rank);
	while (at < k->locks.n)
		at = keeper_add(k, rank, at);
	if (k->rows.n)
		qsort(k->rows.at, k->rows.n, sizeof(*k->rows.at), by_keeper);
	return k;
}

void lock_keepers_free(struct lock_keepers *k)
{
	if (!k)
		return;
	vec_done(&k->rows);
	vec_done(&k->states);
	vec_done(&k->locks);
	free(k);
}
