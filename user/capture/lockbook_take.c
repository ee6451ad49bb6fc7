// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "capture/lockbook.h"
#include "capture/lockclass.h"
#include "capture/reasons.h"
#include "capture/sink.h"
#include "model/calibrate.h"
#include "model/locks.h"
#include "model/profile.h"
#include "sym/dataplaces.h"
#include "util/buf.h"

/* Where glibc waits in its objects, 8-aligned: what is in front of that belongs to them. Readers of
 * a rwlock that puts writers first wait on its first word as well, with a count: an event. */
#define GLIBC_RWLOCK_WAITS 8
#define GLIBC_COND_WAITS   40

struct taker {
	struct lockbook *book;
	struct profile *p;
	struct locks *locks;
	uint32_t key_lock, key_class, key_reason, key_waker_stack; /* strings of the profile */
	uint32_t *numbers; /* by label set: of the lock, or HASH_NONE */
};

/* The lock's number that stands in a label set. */
static uint32_t label_number(const struct taker *t, uint32_t label_set)
{
	const struct profile_label *l = profile_label(t->p, label_set, t->key_lock);

	return l && !l->str && (uint64_t)l->num < t->book->list.n ? (uint32_t)l->num : HASH_NONE;
}

/* --- kinds --- */

struct found {
	uint32_t class;
	bool known, glibc;
};

/*
 * By who ended the wait. musl hands the waiters of a condition on to the mutex: then that one's
 * unlock wakes them, but no mutex was what they waited for.
 */
static uint32_t waker_class(const struct taker *t, const struct lockbook_lock *lock,
			    uint32_t label_set)
{
	const struct profile_label *l = profile_label(t->p, label_set, t->key_waker_stack);
	uint32_t class = l ? lockclass_of_waker(profile_str(t->p, l->str)) : LOCKCLASS_NONE;

	return class == HP_LOCK_MUTEX && lock->key.class == HP_LOCK_EVENT ? HP_LOCK_CONDVAR : class;
}

static void take_votes(struct taker *t)
{
	struct found *found = mem_array(t->p->stacks.n + 1, sizeof(*found));
	const struct profile_sample *s;

	vec_each(s, &t->p->samples) {
		uint32_t number = t->numbers[s->label_set];
		struct found *f = &found[s->stack];
		struct lockbook_lock *lock;
		uint32_t class;

		if (number == HASH_NONE)
			continue;
		if (!f->known) {
			f->class = lockclass_find(t->p, s->stack, &f->glibc);
			f->known = true;
		}
		lock = &t->book->list.at[number];
		class = f->class != LOCKCLASS_NONE ? f->class : waker_class(t, lock, s->label_set);
		if (class == LOCKCLASS_NONE)
			continue;
		lock->glibc |= f->glibc;
		lock->votes[class] += 1 + (uint64_t)s->values[t->p->n_types - 1];
	}
	free(found);
}

/* Their objects are 8-aligned, and waited for on more than their first word. */
static bool is_aligned(uint32_t class)
{
	return class == HP_LOCK_MUTEX || class == HP_LOCK_RWLOCK || class == HP_LOCK_CONDVAR ||
	       class == HP_LOCK_BARRIER;
}

static uint64_t address_of(const struct lockbook_lock *lock, uint32_t class)
{
	uint64_t address = is_aligned(class) ? lock->key.address & ~7ull : lock->key.address;
	uint64_t before = 0;

	if (class == HP_LOCK_RWLOCK && lock->key.class != HP_LOCK_EVENT)
		before = GLIBC_RWLOCK_WAITS;
	else if (class == HP_LOCK_CONDVAR)
		before = GLIBC_COND_WAITS;
	return lock->glibc && !lock->used && address > before ? address - before : address;
}

/* A mutex that lends priority is one by what its waiters do. */
static void match_used(struct lockbook *book)
{
	struct lockbook_lock *lock;

	vec_each(lock, &book->list) {
		struct hp_lock_key key = lock->key;
		uint32_t found;

		if (!lock->used || key.class != HP_LOCK_MUTEX)
			continue;
		key.class = HP_LOCK_PI;
		found = lockbook_find(book, &key);
		if (found != HASH_NONE)
			lock->memory_class = HP_LOCK_PI;
	}
}

/* --- objects --- */

static void name_of(struct dataplaces *names, const struct lockbook_lock *lock, uint64_t address,
		    struct buf *out)
{
	if (!lock->key.address)
		buf_puts(out, "[locks beyond the limit]");
	else if (lock->name)
		buf_puts(out, lock->name);
	else
		dataplaces_name(names, lock->place, address, out);
}

static void make_objects(struct taker *t)
{
	struct lockbook_lock *lock;

	vec_each(lock, &t->book->list) {
		uint32_t class = lockbook_class(lock);
		char comm[HP_COMM_LEN + 1] = "";
		struct buf name = {0};
		struct lock_key key = {
			.pid = lock->key.tgid,
			.start = lock->start,
			.program = lock->key.exec,
			.address = address_of(lock, class),
			.comm = comm,
			.container = lock->container ? lock->container : "",
			.class = lockclass_name(class),
			.held = lockclass_held(class),
		};

		lock->object = LOCKS_NONE;
		if (!lock->sampled && !lock->ns && !lock->contentions && !lock->used)
			continue;
		memcpy(comm, lock->comm, HP_COMM_LEN);
		name_of(t->book->names, lock, key.address, &name);
		key.name = buf_str(&name);
		lock->object = locks_add(t->locks, &key);
		if (lock->object != LOCKS_NONE)
			locks_wait(t->locks, lock->object, lock->contentions, lock->ns,
				   lock->longest);
		if (lock->object != LOCKS_NONE && lock->used)
			locks_use(t->locks, lock->object,
				  &(struct lock_use){lock->use.acquisitions, lock->use.hold,
						     lock->use.contended, lock->use.wait});
		buf_done(&name);
	}
}

/* --- scaling, and who held them --- */

static uint32_t object_of(const struct taker *t, uint32_t label_set)
{
	uint32_t number = t->numbers[label_set];

	return number == HASH_NONE ? LOCKS_NONE : t->book->list.at[number].object;
}

/* To the exact sums, or, where the kernel side has none, from the samples. */
static void scale(struct taker *t)
{
	struct calibrate_sum *sums = mem_array(t->locks->list.n + 1, sizeof(*sums));
	uint32_t *groups = mem_array(t->p->samples.n + 1, sizeof(*groups));

	for (size_t i = 0; i < t->p->samples.n; i++)
		groups[i] = object_of(t, t->p->samples.at[i].label_set);
	for (size_t i = 0; i < t->locks->list.n; i++)
		sums[i] = (struct calibrate_sum){
			.count = (int64_t)t->locks->list.at[i].contentions,
			.amount = (int64_t)t->locks->list.at[i].delay,
		};
	calibrate_groups(t->p, groups, sums, t->locks->list.n);
	for (uint32_t i = 0; i < t->locks->list.n; i++)
		if (!sums[i].amount && sums[i].have_amount)
			locks_wait(t->locks, i, (uint64_t)sums[i].have_count,
				   (uint64_t)sums[i].have_amount, 0);
	free(groups);
	free(sums);
}

/* Locks of which the coin chose no wait: without a stack, but there. */
static void add_unsampled(struct taker *t)
{
	struct profile *p = t->p;
	uint32_t stack = PROFILE_NONE;

	for (uint32_t i = 0; i < t->book->list.n; i++) {
		const struct lockbook_lock *lock = &t->book->list.at[i];
		struct profile_label labels[] = {
			{.key = profile_string(p, "pid"), .num = lock->key.tgid},
			{.key = profile_string(p, "comm"),
			 .str = intern_addn(&p->strings, lock->comm, HP_COMM_LEN)},
			{.key = t->key_lock, .num = i},
			{.key = t->key_class, .num = i},
			{.key = t->key_reason, .num = i},
			{.key = profile_string(p, "container"),
			 .str = lock->container ? profile_string(p, lock->container) : 0},
		};
		int64_t values[PROFILE_MAX_VALUES] = {(int64_t)lock->contentions};

		if (lock->sampled || lock->object == LOCKS_NONE)
			continue;
		if (stack == PROFILE_NONE)
			stack = calibrate_no_stack(p);
		values[p->n_types - 1] = (int64_t)lock->ns;
		profile_add_sample(p, stack, profile_add_labels(p, labels, lock->container ? 6 : 5),
				   values);
	}
}

static void take_numbers(struct taker *t)
{
	free(t->numbers);
	t->numbers = mem_array(t->p->label_sets.n + 1, sizeof(*t->numbers));
	for (uint32_t i = 0; i < t->p->label_sets.n; i++)
		t->numbers[i] = label_number(t, i);
}

static void take_holders(struct taker *t)
{
	uint32_t key_holder = profile_string(t->p, "holder");
	uint32_t key_state = profile_string(t->p, "holder_state");
	const struct profile_sample *s;

	vec_each(s, &t->p->samples) {
		const struct profile_label *holder = profile_label(t->p, s->label_set, key_holder);
		const struct profile_label *state = profile_label(t->p, s->label_set, key_state);
		int64_t ns = s->values[t->p->n_types - 1];
		uint32_t object = object_of(t, s->label_set);

		/* Of a holder of whom nothing is known but that it was it, no more is said there.
		 */
		if (object == LOCKS_NONE || !holder || !state || ns <= 0)
			continue;
		locks_hold(t->locks, object, profile_str(t->p, holder->str),
			   locks_state(t->locks, profile_str(t->p, state->str)), (uint64_t)ns);
	}
}

static void set_texts(struct taker *t)
{
	struct profile_label *label;

	vec_each(label, &t->p->labels) {
		const struct lock *lock;
		uint32_t object;
		const char *text;

		if (label->str || (label->key != t->key_lock && label->key != t->key_class &&
				   label->key != t->key_reason))
			continue;
		object = t->book->list.at[label->num].object;
		if (object == LOCKS_NONE)
			continue;
		lock = &t->locks->list.at[object];
		text = label->key == t->key_lock    ? locks_str(t->locks, lock->name)
		       : label->key == t->key_class ? locks_str(t->locks, lock->class)
		       : lock->held		    ? "lock"
						    : "wait";
		label->str = profile_string(t->p, text);
		label->num = 0;
	}
}

/* What turned out to be no lock has no holder, whoever ended the wait. */
static void drop_holders(struct taker *t)
{
	const uint32_t keys[] = {profile_string(t->p, "holder"),
				 profile_string(t->p, "holder_state"),
				 profile_string(t->p, "holder_stack")};

	for (uint32_t set = 0; set < t->p->label_sets.n; set++) {
		struct profile_span *span = &t->p->label_sets.at[set];
		struct profile_label *labels = &t->p->labels.at[span->first];
		uint32_t object = object_of(t, set), kept = 0;

		if (object == LOCKS_NONE || t->locks->list.at[object].held)
			continue;
		for (uint32_t i = 0; i < span->n; i++)
			if (labels[i].key != keys[0] && labels[i].key != keys[1] &&
			    labels[i].key != keys[2])
				labels[kept++] = labels[i];
		span->n = kept;
	}
}

static void take_inversion(struct taker *t, const struct lockbook_inversion *it)
{
	struct lock_inversion row = {.n = it->n};

	for (uint32_t i = 0; i < it->n; i++) {
		uint32_t object = t->book->list.at[it->locks[i]].object;

		if (object == LOCKS_NONE)
			return;
		row.pid = t->locks->list.at[object].pid;
		row.at[i].lock = t->locks->list.at[object].name;
		row.at[i].stack = locks_string(t->locks, it->stacks[i]);
		row.at[i].times = it->times[i];
	}
	if (t->locks->inversions.n < LOCKS_MAX_INVERSIONS)
		vec_push(&t->locks->inversions, row);
}

static void take_inversions(struct taker *t)
{
	const struct lockbook_inversion *it;

	_Static_assert(HP_USELOCK_RING <= LOCK_INVERSION_MAX, "room for each");
	vec_each(it, &t->book->inversions)
		take_inversion(t, it);
}

struct locks *lockbook_take(struct lockbook *book, struct profile *p)
{
	struct taker t = {.book = book, .p = p};
	uint32_t n_reasons;
	const struct ledger_reason *reasons = reasons_list(&n_reasons);

	t.locks = locks_new(reasons, n_reasons);
	t.locks->lost = book->lost;
	t.key_lock = profile_string(p, SINK_LABEL_LOCK);
	t.key_class = profile_string(p, SINK_LABEL_CLASS);
	t.key_reason = profile_string(p, SINK_LABEL_REASON);
	t.key_waker_stack = profile_string(p, "waker_stack");
	take_numbers(&t);
	take_votes(&t);
	match_used(book);
	lockbook_fill(book);
	make_objects(&t);
	add_unsampled(&t);
	take_numbers(&t);
	scale(&t);
	drop_holders(&t);
	take_holders(&t);
	set_texts(&t);
	take_inversions(&t);
	locks_sort(t.locks);
	free(t.numbers);
	return t.locks;
}
