// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/locks.h"

#include <stdlib.h>
#include <string.h>

#define ON_CPU "on-CPU"
#define RUNQ   "run queue"
#define LATER  "other" /* the reason that takes those we do not know */

/* A key with its texts as ids. */
struct known_key {
	uint32_t pid, program, class;
	uint64_t start, address;
};

struct locks *locks_new(const struct ledger_reason *reasons, uint32_t n_reasons)
{
	struct locks *locks = mem_zalloc(sizeof(*locks));

	locks->reasons = reasons;
	locks->n_reasons = n_reasons < LEDGER_MAX_REASONS ? n_reasons : LEDGER_MAX_REASONS;
	return locks;
}

void locks_free(struct locks *locks)
{
	if (!locks)
		return;
	intern_done(&locks->strings);
	vec_done(&locks->list);
	vec_done(&locks->holders);
	vec_done(&locks->inversions);
	hash_index_done(&locks->by_lock);
	free(locks);
}

uint32_t locks_string(struct locks *locks, const char *s)
{
	uint32_t id;

	if (intern_count(&locks->strings) < LOCKS_MAX_STRINGS)
		return intern_add(&locks->strings, s ? s : "");
	id = intern_find(&locks->strings, s ? s : "");
	return id == HASH_NONE ? 0 : id;
}

static void add(uint64_t *to, uint64_t n)
{
	if (__builtin_add_overflow(*to, n, to))
		*to = UINT64_MAX;
}

static bool same_lock(const void *owner, uint32_t id, const void *key)
{
	const struct lock *l = &((const struct locks *)owner)->list.at[id];
	const struct known_key *k = key;

	return l->pid == k->pid && l->program == k->program && l->class == k->class &&
	       l->start == k->start && l->address == k->address;
}

uint32_t locks_add(struct locks *locks, const struct lock_key *key)
{
	struct known_key known = {.pid = key->pid,
				  .program = key->program,
				  .class = locks_string(locks, key->class),
				  .start = key->start,
				  .address = key->address};
	uint64_t hash = hash_index_words(&locks->by_lock, known.pid, known.program, known.class,
					 known.start, known.address);
	uint32_t found = hash_index_find(&locks->by_lock, hash, same_lock, locks, &known);
	struct lock lock = {
		.pid = key->pid,
		.program = key->program,
		.class = known.class,
		.held = key->held,
		.start = key->start,
		.address = key->address,
		.first_holder = LOCKS_NONE,
	};

	if (found != HASH_NONE)
		return found;
	if (locks->list.n >= LOCKS_MAX)
		return LOCKS_NONE;
	lock.comm = locks_string(locks, key->comm);
	lock.container = locks_string(locks, key->container);
	lock.name = locks_string(locks, key->name);
	found = (uint32_t)locks->list.n;
	vec_push(&locks->list, lock);
	hash_index_add(&locks->by_lock, hash, found);
	return found;
}

void locks_wait(struct locks *locks, uint32_t lock, uint64_t contentions, uint64_t delay,
		uint64_t longest)
{
	struct lock *l = &locks->list.at[lock];
	uint64_t before = l->delay;

	add(&l->contentions, contentions);
	add(&l->delay, delay);
	l->unknown += l->delay - before;
	if (longest > l->longest)
		l->longest = longest;
}

void locks_use(struct locks *locks, uint32_t lock, const struct lock_use *use)
{
	struct lock *l = &locks->list.at[lock];

	l->counted = true;
	add(&l->acquisitions, use->acquisitions);
	add(&l->hold, use->hold);
	add(&l->contended, use->contended);
	add(&l->wait, use->wait);
}

/* By its name; NULL: there is no room for one more. */
static struct lock_holder *holder_of(struct locks *locks, struct lock *l, const char *name)
{
	struct lock_holder new = {.name = locks_string(locks, name), .next = l->first_holder};
	struct lock_holder *h;
	uint32_t n = 0;

	locks_each_holder(h, locks, l) {
		if (h->name == new.name)
			return h;
		n++;
	}
	if (n >= LOCK_MAX_HOLDERS || locks->holders.n >= LOCKS_MAX_HOLDERS)
		return NULL;
	l->first_holder = (uint32_t)locks->holders.n;
	vec_push(&locks->holders, new);
	return &locks->holders.at[l->first_holder];
}

void locks_hold(struct locks *locks, uint32_t lock, const char *name, uint32_t state, uint64_t ns)
{
	struct lock *l = &locks->list.at[lock];
	struct lock_holder *h;

	if (ns > l->unknown)
		ns = l->unknown;
	h = ns ? holder_of(locks, l, name) : NULL;
	if (!h)
		return;
	l->unknown -= ns;
	h->delay += ns; /* at most the lock's: no overflow, as below */
	if (state == LOCKS_ON_CPU)
		h->on_cpu += ns;
	else if (state == LOCKS_RUNQ)
		h->runq += ns;
	else
		h->blocked[state < LEDGER_MAX_REASONS ? state : LEDGER_MAX_REASONS - 1] += ns;
}

uint32_t locks_state(const struct locks *locks, const char *name)
{
	uint32_t later = locks->n_reasons ? locks->n_reasons - 1 : 0;

	if (!strcmp(name, ON_CPU))
		return LOCKS_ON_CPU;
	if (!strcmp(name, RUNQ))
		return LOCKS_RUNQ;
	for (uint32_t i = 0; i < locks->n_reasons; i++) {
		if (!strcmp(locks->reasons[i].name, name))
			return i;
		if (!strcmp(locks->reasons[i].name, LATER))
			later = i;
	}
	return later;
}

/* --- order --- */

static int compare_locks(const void *a, const void *b)
{
	const struct lock *x = a, *y = b;

	if (x->delay != y->delay)
		return x->delay < y->delay ? 1 : -1;
	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	return (x->address > y->address) - (x->address < y->address);
}

static int compare_holders(const void *a, const void *b)
{
	const struct lock_holder *x = a, *y = b;

	if (x->delay != y->delay)
		return x->delay < y->delay ? 1 : -1;
	return (x->name > y->name) - (x->name < y->name);
}

void locks_sort(struct locks *locks)
{
	VEC(struct lock_holder) sorted = {0};
	const struct lock_holder *h;
	struct lock *l;

	if (locks->list.n)
		qsort(locks->list.at, locks->list.n, sizeof(*locks->list.at), compare_locks);
	vec_each(l, &locks->list) {
		size_t first = sorted.n;

		locks_each_holder(h, locks, l)
			vec_push(&sorted, *h);
		l->first_holder = sorted.n > first ? (uint32_t)first : LOCKS_NONE;
		if (sorted.n > first)
			qsort(sorted.at + first, sorted.n - first, sizeof(*sorted.at),
			      compare_holders);
		for (size_t i = first; i < sorted.n; i++)
			sorted.at[i].next = i + 1 < sorted.n ? (uint32_t)(i + 1) : LOCKS_NONE;
	}
	vec_done(&locks->holders);
	locks->holders.at = sorted.at;
	locks->holders.n = sorted.n;
	locks->holders.cap = sorted.cap;
	hash_index_done(&locks->by_lock);
	locks->by_lock = (struct hash_index){0};
}
