// SPDX-License-Identifier: GPL-2.0-or-later
/* What the sums of a recording's locks add to its samples. */
#include <string.h>

#include "model/filter.h"
#include "model/lock_rank.h"
#include "model/locks.h"

struct exact {
	struct lock_rank *rank;
	const struct locks *locks;
	struct hash_index by_row;
	size_t sampled; /* rows that samples made: the first */
};

struct row_key {
	int64_t pid;
	const char *lock, *class;
};

bool lock_rank_chooses(const struct filter *f, int64_t pid, const char *comm, const char *container)
{
	bool found = !f || !f->n_pids;

	for (size_t i = 0; !found && i < f->n_pids; i++)
		found = pid >= 0 && f->pids[i] == (uint64_t)pid;
	if (!found || !f)
		return found;
	if (f->comm && strcmp(f->comm, comm))
		return false;
	/* What is kept is the name, or of what has none the id. */
	return filter_container(f, container, container);
}

static const struct lock *lock_of(const struct locks *locks, int64_t pid)
{
	const struct lock *l;

	vec_each(l, &locks->list)
		if (l->pid == pid)
			return l;
	return NULL;
}

const char *locks_comm(const struct locks *locks, int64_t pid)
{
	const struct lock *l = lock_of(locks, pid);

	return l ? locks_str(locks, l->comm) : "";
}

bool lock_inversion_chosen(const struct locks *locks, const struct lock_inversion *inversion,
			   const struct filter *filter)
{
	const struct lock *l = lock_of(locks, inversion->pid);

	return lock_rank_chooses(filter, inversion->pid, l ? locks_str(locks, l->comm) : "",
				 l ? locks_str(locks, l->container) : "");
}

static bool same(const void *owner, uint32_t id, const void *key)
{
	const struct lock_row *row = &((const struct exact *)owner)->rank->rows.at[id];
	const struct row_key *k = key;

	return row->pid == k->pid && !strcmp(row->lock, k->lock) && !strcmp(row->class, k->class);
}

static uint64_t hash_of(const struct exact *e, const struct row_key *key)
{
	return hash_index_words(&e->by_row, (uint64_t)key->pid,
				hash_index_bytes(&e->by_row, key->lock, strlen(key->lock)),
				hash_index_bytes(&e->by_row, key->class, strlen(key->class)));
}

static void index_rows(struct exact *e)
{
	for (size_t i = 0; i < e->rank->rows.n; i++) {
		const struct lock_row *row = &e->rank->rows.at[i];
		struct row_key key = {row->pid, row->lock, row->class};

		hash_index_add(&e->by_row, hash_of(e, &key), (uint32_t)i);
	}
}

/* Files can say anything. */
static int64_t number(uint64_t n)
{
	return n > INT64_MAX ? INT64_MAX : (int64_t)n;
}

static const char *copy(struct exact *e, uint32_t text)
{
	struct intern *to = &e->rank->text;

	return intern_str(to, intern_add(to, locks_str(e->locks, text)));
}

static void add_state(struct lock_rank *rank, const char *name, uint64_t ns)
{
	struct lock_row_state state = {
		.state = intern_str(&rank->text, intern_add(&rank->text, name)),
		.delay = number(ns),
		.stack = ""};

	if (!ns)
		return;
	vec_push(&rank->states, state);
	rank->holders.at[rank->holders.n - 1].n++;
}

static void add_holder(struct lock_rank *rank, uint32_t row, const char *name, uint64_t delay)
{
	struct lock_row_holder holder = {.name = name,
					 .row = row,
					 .first = (uint32_t)rank->states.n,
					 .delay = number(delay)};

	if (!delay)
		return;
	if (!rank->rows.at[row].n_holders)
		rank->rows.at[row].first_holder = (uint32_t)rank->holders.n;
	vec_push(&rank->holders, holder);
	rank->rows.at[row].n_holders++;
}

/* A lock without samples: a row of its own, of the sums alone. */
static uint32_t add_row(struct exact *e, const struct lock *lock)
{
	struct lock_row row = {.lock = copy(e, lock->name),
			       .class = copy(e, lock->class),
			       .comm = copy(e, lock->comm),
			       .container = copy(e, lock->container),
			       .pid = lock->pid,
			       .held = lock->held};
	struct row_key key = {row.pid, row.lock, row.class};
	uint32_t id = (uint32_t)e->rank->rows.n;

	vec_push(&e->rank->rows, row);
	hash_index_add(&e->by_row, hash_of(e, &key), id);
	return id;
}

/* Of the first of a name: the sums of several make one row, and their holders stay apart. */
static void add_sums(struct exact *e, uint32_t id, const struct lock *lock)
{
	struct lock_row *row = &e->rank->rows.at[id];
	const struct lock_holder *h;

	row->contentions = profile_sum(row->contentions, number(lock->contentions));
	row->delay = profile_sum(row->delay, number(lock->delay));
	row->acquisitions = profile_sum(row->acquisitions, number(lock->acquisitions));
	row->hold = profile_sum(row->hold, number(lock->hold));
	if (row->n_holders)
		return;
	locks_each_holder(h, e->locks, lock) {
		if (!h->delay)
			continue;
		add_holder(e->rank, id, copy(e, h->name), h->delay);
		add_state(e->rank, LOCK_ON_CPU, h->on_cpu);
		add_state(e->rank, LOCK_RUNQ, h->runq);
		for (uint32_t i = 0; i < e->locks->n_reasons; i++)
			add_state(e->rank, e->locks->reasons[i].name, h->blocked[i]);
	}
	add_holder(e->rank, id, "", lock->unknown);
	if (lock->unknown)
		add_state(e->rank, "", lock->unknown);
}

static void add_lock(struct exact *e, const struct lock *lock, bool more_rows)
{
	struct row_key key = {lock->pid, locks_str(e->locks, lock->name),
			      locks_str(e->locks, lock->class)};
	uint32_t id = hash_index_find(&e->by_row, hash_of(e, &key), same, e, &key);
	struct lock_row *row;

	if (id == HASH_NONE && !more_rows)
		return;
	if (id == HASH_NONE)
		id = add_row(e, lock);
	if (id >= e->sampled)
		add_sums(e, id, lock);
	row = &e->rank->rows.at[id];
	row->address = row->objects ? 0 : lock->address;
	row->objects++;
	if (number(lock->longest) > row->longest)
		row->longest = number(lock->longest);
}

void lock_rank_exact(struct lock_rank *rank, const struct locks *locks, const struct filter *filter)
{
	struct exact e = {.rank = rank, .locks = locks, .sampled = rank->rows.n};
	bool by_stack = filter && (filter->focus || filter->ignore || filter->n_reasons);
	const struct lock *lock;

	index_rows(&e);
	vec_each(lock, &locks->list)
		if (lock_rank_chooses(filter, lock->pid, locks_str(locks, lock->comm),
				      locks_str(locks, lock->container)))
			add_lock(&e, lock, !by_stack && (lock->delay || lock->counted));
	hash_index_done(&e.by_row);
	lock_rank_sort(rank);
}
