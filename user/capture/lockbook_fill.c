// SPDX-License-Identifier: GPL-2.0-or-later
/* Locks of which no wait was sampled: what is known of them from others of their program. */
#include <string.h>

#include "capture/lockbook.h"
#include "util/mem.h"

uint32_t lockbook_class(const struct lockbook_lock *lock)
{
	uint32_t best = 0;

	if (lock->memory_class == HP_LOCK_KERNEL || lock->memory_class == HP_LOCK_PI)
		return lock->memory_class;
	if (lock->used)
		return lock->key.class;
	for (uint32_t i = 1; i < HP_LOCK_CLASSES; i++)
		if (lock->votes[i] > lock->votes[best])
			best = i;
	return lock->votes[best] ? best : lock->memory_class;
}

/* By program, and by process for those that are of none. */
struct sampled {
	const struct lockbook *book;
	struct hash_index by_program, by_process;
};

static bool same_process(const void *owner, uint32_t number, const void *key)
{
	const struct lockbook *book = owner;

	return book->list.at[number].key.tgid == ((const struct hp_lock_key *)key)->tgid;
}

static bool same_program(const void *owner, uint32_t number, const void *key)
{
	const struct lockbook *book = owner;

	return same_process(owner, number, key) &&
	       book->list.at[number].key.exec == ((const struct hp_lock_key *)key)->exec;
}

static uint32_t find_process(const struct sampled *s, const struct hp_lock_key *key)
{
	return hash_index_find(&s->by_process, hash_index_words(&s->by_process, key->tgid),
			       same_process, s->book, key);
}

static uint32_t find_program(const struct sampled *s, const struct hp_lock_key *key)
{
	return hash_index_find(&s->by_program,
			       hash_index_words(&s->by_program, key->tgid, key->exec), same_program,
			       s->book, key);
}

static void sampled_init(struct sampled *s, const struct lockbook *book)
{
	*s = (struct sampled){.book = book};
	for (uint32_t i = 0; i < book->list.n; i++) {
		const struct hp_lock_key *key = &book->list.at[i].key;

		if (!book->list.at[i].sampled)
			continue;
		if (find_program(s, key) == HASH_NONE)
			hash_index_add(&s->by_program,
				       hash_index_words(&s->by_program, key->tgid, key->exec), i);
		if (find_process(s, key) == HASH_NONE)
			hash_index_add(&s->by_process, hash_index_words(&s->by_process, key->tgid),
				       i);
	}
}

static void sampled_done(struct sampled *s)
{
	hash_index_done(&s->by_program);
	hash_index_done(&s->by_process);
}

/* One of the same program; the kernel's locks are of the process, whatever that is. */
static uint32_t sampled_like(const struct sampled *s, const struct hp_lock_key *key)
{
	return key->class == HP_LOCK_KERNEL ? find_process(s, key) : find_program(s, key);
}

/* Another wait for the same word, that looked like another kind of wait. */
static const struct lockbook_lock *twin_of(const struct lockbook *book,
					   const struct lockbook_lock *lock)
{
	struct hp_lock_key key = lock->key;

	for (key.class = 0; key.class < HP_LOCK_CLASSES; key.class ++) {
		uint32_t found = lockbook_find(book, &key);

		if (found != HASH_NONE && book->list.at[found].sampled)
			return &book->list.at[found];
	}
	return NULL;
}

void lockbook_fill(struct lockbook *book)
{
	struct lockbook_lock *lock;
	struct sampled sampled;

	sampled_init(&sampled, book);
	vec_each(lock, &book->list) {
		uint32_t other = lock->sampled ? HASH_NONE : sampled_like(&sampled, &lock->key);
		const struct lockbook_lock *twin = twin_of(book, lock);

		if (twin && lockbook_class(lock) == lock->key.class) {
			memcpy(lock->votes, twin->votes, sizeof(lock->votes));
			lock->memory_class = twin->memory_class;
			lock->glibc = twin->glibc;
		}
		if (other == HASH_NONE)
			continue;
		lock->start = book->list.at[other].start;
		memcpy(lock->comm, book->list.at[other].comm, HP_COMM_LEN);
		if (book->list.at[other].container)
			lock->container = mem_strdup(book->list.at[other].container);
	}
	sampled_done(&sampled);
}
