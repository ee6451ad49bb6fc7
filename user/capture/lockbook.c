// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/lockbook.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "capture/places.h"
#include "capture/sink.h"
#include "sym/dataplaces.h"
#include "util/mem.h"

#define PARTS_MAX 7 /* three of each of two threads, and nobody's */

struct lockbook *lockbook_new(void)
{
	struct lockbook *book = mem_zalloc(sizeof(*book));

	book->names = dataplaces_new();
	return book;
}

void lockbook_free(struct lockbook *book)
{
	struct lockbook_inversion *inversion;
	struct lockbook_lock *lock;

	if (!book)
		return;
	vec_each(inversion, &book->inversions)
		for (uint32_t i = 0; i < inversion->n; i++)
			free(inversion->stacks[i]);
	vec_done(&book->inversions);
	vec_each(lock, &book->list) {
		free(lock->container);
		free(lock->name);
	}
	vec_done(&book->list);
	dataplaces_free(book->names);
	hash_index_done(&book->by_key);
	free(book);
}

static bool same_key(const void *owner, uint32_t index, const void *key)
{
	const struct lockbook *book = owner;

	return !memcmp(&book->list.at[index].key, key, sizeof(struct hp_lock_key));
}

uint32_t lockbook_find(const struct lockbook *book, const struct hp_lock_key *key)
{
	return hash_index_find(&book->by_key, hash_index_bytes(&book->by_key, key, sizeof(*key)),
			       same_key, book, key);
}

uint32_t lockbook_number(struct lockbook *book, const struct hp_lock_key *key)
{
	uint64_t hash = hash_index_bytes(&book->by_key, key, sizeof(*key));
	uint32_t found = lockbook_find(book, key);
	struct lockbook_lock lock = {.key = *key, .place = UINT32_MAX, .memory_class = key->class};

	if (found != HASH_NONE)
		return found;
	if (book->list.n == LOCKBOOK_MAX)
		return LOCKBOOK_MAX - 1;
	if (book->list.n == LOCKBOOK_MAX - 1)
		lock.key = (struct hp_lock_key){.class = HP_LOCK_FUTEX};
	found = (uint32_t)book->list.n;
	vec_push(&book->list, lock);
	hash_index_add(&book->by_key, hash, found);
	return found;
}

/* --- one wait --- */

struct parts {
	struct sink_part at[PARTS_MAX];
	uint32_t n;
	uint64_t left; /* of the wait, not yet given to anybody */
};

static void part_add(struct parts *parts, struct sink_part part, uint32_t state, uint64_t ns)
{
	if (ns > parts->left)
		ns = parts->left;
	if (!ns)
		return;
	parts->left -= ns;
	part.state = state;
	part.ns = ns;
	if (state < SINK_BLOCKED)
		part.stack = part.kernel_stack = 0;
	parts->at[parts->n++] = part;
}

static uint32_t blocked_state(uint32_t reason)
{
	return SINK_BLOCKED + (reason < HP_REASONS ? reason : HP_REASON_OTHER);
}

static void parts_of(const struct hp_lock_wait *w, uint32_t number, struct parts *parts)
{
	struct sink_part nobody = {.lock = number};
	struct sink_part first = {.lock = number,
				  .holder_tid = w->holder_tid,
				  .holder = w->holder,
				  .stack = w->holder_stack,
				  .kernel_stack = w->holder_kernel_stack};
	struct sink_part last = {.lock = number,
				 .holder_tid = w->wait.waker_tid,
				 .holder = w->wait.waker,
				 .stack = w->waker_wait_stack,
				 .kernel_stack = w->waker_kernel_stack};

	*parts = (struct parts){.left = w->wait.sample.value - (w->between < w->wait.sample.value
									? w->between
									: w->wait.sample.value)};
	if (w->holder_tid) {
		part_add(parts, first, blocked_state(w->holder_reason), w->holder_wait);
		part_add(parts, first, SINK_RUNQ, w->holder_runq);
		part_add(parts, first, SINK_ON_CPU, w->holder_cpu);
	}
	if (w->wait.waker_tid && !w->part) {
		part_add(parts, last, blocked_state(w->waker_reason), w->waker_wait);
		part_add(parts, last, SINK_RUNQ, w->waker_runq);
		part_add(parts, last, SINK_ON_CPU, w->waker_cpu);
		if (w->waker_held)
			part_add(parts, last, SINK_UNKNOWN, parts->left);
	}
	part_add(parts, nobody, SINK_UNKNOWN, parts->left);
	if (!parts->n) /* a wait of no time: it counts */
		parts->at[parts->n++] = nobody;
}

/* While it is there. */
static void see_place(struct lockbook *book, struct lockbook_lock *lock, uint64_t start)
{
	if (lock->place == UINT32_MAX && lock->key.class != HP_LOCK_KERNEL)
		lock->place = dataplaces_see(book->names,
					     &(struct dataplaces_program){
						     .tgid = (pid_t)lock->key.tgid,
						     .exec = lock->key.exec,
						     .start = start,
					     },
					     lock->key.address);
}

static void see_process(struct lockbook *book, struct lockbook_lock *lock,
			const struct hp_sample *s, const struct place *place)
{
	see_place(book, lock, s->start);
	if (lock->sampled)
		return;
	lock->sampled = true;
	lock->start = s->start;
	memcpy(lock->comm, s->comm, HP_COMM_LEN);
	if (*place->container.name)
		lock->container = mem_strdup(place->container.name);
}

void lockbook_see(struct lockbook *book, const struct hp_uselock_seen *seen)
{
	struct hp_lock_key key = {
		.address = seen->address,
		.tgid = seen->tgid,
		.class = seen->class,
		.exec = (uint16_t)seen->exec,
	};

	uint32_t number;

	if (seen->class >= HP_LOCK_CLASSES)
		return;
	number = lockbook_number(book, &key); /* the list may move */
	see_place(book, &book->list.at[number], seen->start);
}

void lockbook_count(struct lockbook *book, uint32_t number, const struct lockbook_use *use)
{
	struct lockbook_lock *lock = &book->list.at[number];

	lock->used = true;
	lock->use.acquisitions += use->acquisitions;
	lock->use.hold += use->hold;
	lock->use.contended += use->contended;
	lock->use.wait += use->wait;
	if (lock->key.class != HP_LOCK_SPIN)
		return;
	/* Spinning is all the waiting there is, and the scheduler does not see it. */
	lock->contentions += use->contended;
	lock->ns += use->wait;
	if (use->longest > lock->longest)
		lock->longest = use->longest;
}

void lockbook_used(struct lockbook *book, uint32_t number, const struct hp_sample *sample,
		   const struct place *place)
{
	see_process(book, &book->list.at[number], sample, place);
}

void lockbook_add(struct lockbook *book, struct sink *sink, const struct stacks *stacks,
		  const struct hp_lock_wait *w, const struct place *place)
{
	struct hp_lock_key key = {
		.address = w->address,
		.tgid = w->wait.sample.tgid,
		.class = w->call_class < HP_LOCK_CLASSES ? (uint16_t)w->call_class : HP_LOCK_FUTEX,
		.exec = (uint16_t)w->exec,
	};
	uint32_t number = lockbook_number(book, &key), largest = 0;
	struct parts parts;

	if (w->class < HP_LOCK_CLASSES && w->class != w->call_class)
		book->list.at[number].memory_class = w->class;
	see_process(book, &book->list.at[number], &w->wait.sample, place);
	parts_of(w, number, &parts);
	for (uint32_t i = 1; i < parts.n; i++)
		if (parts.at[i].ns > parts.at[largest].ns)
			largest = i;
	for (uint32_t i = 0; i < parts.n; i++)
		sink_add_part(sink, stacks, &w->wait, &parts.at[i], i == largest && !w->part,
			      &place->container);
}

/* --- the exact sums --- */

/* Is a process asked for? Once for all of its locks: it may have thousands. */
struct answer {
	uint32_t tgid;
	bool wanted;
};

struct answers {
	VEC(struct answer) list;
	struct hash_index by_process;
};

static bool same_process(const void *owner, uint32_t index, const void *tgid)
{
	return ((const struct answers *)owner)->list.at[index].tgid == *(const uint32_t *)tgid;
}

static void answer_add(struct answers *answers, uint32_t tgid, bool wanted)
{
	struct answer answer = {tgid, wanted};

	hash_index_add(&answers->by_process, hash_index_words(&answers->by_process, tgid),
		       (uint32_t)answers->list.n);
	vec_push(&answers->list, answer);
}

static uint32_t answer_find(const struct answers *answers, uint32_t tgid)
{
	return hash_index_find(&answers->by_process, hash_index_words(&answers->by_process, tgid),
			       same_process, answers, &tgid);
}

/* Those of which a wait was sampled are. */
static void answers_init(struct answers *answers, const struct lockbook *book)
{
	const struct lockbook_lock *lock;

	*answers = (struct answers){0};
	vec_each(lock, &book->list)
		if (lock->sampled && answer_find(answers, lock->key.tgid) == HASH_NONE)
			answer_add(answers, lock->key.tgid, true);
}

static void answers_done(struct answers *answers)
{
	vec_done(&answers->list);
	hash_index_done(&answers->by_process);
}

/* Without a sample nothing is known of the process but its number. */
static bool is_wanted(struct answers *answers, struct places *places, uint32_t tgid)
{
	uint32_t found = answer_find(answers, tgid);

	if (found == HASH_NONE) {
		found = (uint32_t)answers->list.n;
		answer_add(answers, tgid, !tgid || places_want(places, tgid));
	}
	return answers->list.at[found].wanted;
}

int lockbook_read(struct lockbook *book, int map, struct places *places)
{
	struct hp_lock_key key, *before = NULL;
	struct hp_lock_sum sum;
	struct answers answers;
	int err;

	if (map < 0)
		return map;
	answers_init(&answers, book);
	for (; !bpf_map_get_next_key(map, before, &key); before = &key) {
		struct lockbook_lock *lock;
		uint32_t number;

		if (bpf_map_lookup_elem(map, &key, &sum))
			continue;
		if (!is_wanted(&answers, places, key.tgid))
			continue;
		number = lockbook_number(book, &key); /* the list may move */
		lock = &book->list.at[number];
		lock->contentions += sum.contentions;
		lock->ns += sum.ns;
		if (sum.longest > lock->longest)
			lock->longest = sum.longest;
	}
	err = errno == ENOENT ? 0 : -errno;
	answers_done(&answers);
	return err;
}
