/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_CAPTURE_LOCKBOOK_H
#define HOSTPROF_CAPTURE_LOCKBOOK_H
/*
 * The locks that waits were seen for, by number, in the order in which they come up: what the
 * kernel side knows of each, its exact sums, and, once locations have their names, what kind of
 * lock it is. Two words of one object (glibc waits at two places of a condition) are one lock in
 * the end. The end scales the sampled waits to the exact sums.
 *
 * A lock gets its name from the symbol it lies in, as of when it was first seen: the process may
 * be gone later. Bounded: beyond LOCKBOOK_MAX all locks are one.
 */
#include <stdint.h>
#include "hostprof/event.h"
#include "hostprof/uselock.h"
#include "util/hash.h"
#include "util/vec.h"

#define LOCKBOOK_MAX 32768

struct dataplaces;
struct locks;
struct place;
struct places;
struct profile;
struct sink;
struct stacks;

/* What probes on its use have counted of a lock. */
struct lockbook_use {
	uint64_t acquisitions, hold; /* ns */
	uint64_t contended, wait;    /* calls that found it taken, and how long they took */
	uint64_t longest;	     /* of these */
};

/* Locks that were taken in a ring: see struct lock_inversion. */
struct lockbook_inversion {
	uint32_t n;
	uint32_t locks[HP_USELOCK_RING]; /* numbers */
	char *stacks[HP_USELOCK_RING];	 /* owned; NULL: no stack */
	uint64_t times[HP_USELOCK_RING];
};

/* What one number stands for. */
struct lockbook_lock {
	struct hp_lock_key key;
	uint64_t start;			   /* of the process; 0: not known */
	char comm[HP_COMM_LEN];		   /* the process's; empty while no wait was sampled */
	char *container;		   /* owned; NULL: none, or not known */
	char *name;			   /* the same */
	uint32_t place;			   /* in `names`, or UINT32_MAX */
	uint32_t memory_class;		   /* enum hp_lock_class, as the memory told it */
	uint64_t contentions, ns, longest; /* exact; 0 while not known */
	uint64_t votes[HP_LOCK_CLASSES];   /* ns of waits whose stack tells the class */
	struct lockbook_use use;	   /* when it is used */
	bool sampled, glibc, used;
	uint32_t object; /* in the struct locks that is made of it, or LOCKS_NONE */
};

struct lockbook {
	VEC(struct lockbook_lock) list;
	struct hash_index by_key;
	struct dataplaces *names;
	VEC(struct lockbook_inversion) inversions;
	uint64_t lost; /* waits that the kernel side had no room for */
};

struct lockbook *lockbook_new(void);
void lockbook_free(struct lockbook *book);

/* The number of what the kernel side calls so, or HASH_NONE. */
uint32_t lockbook_find(const struct lockbook *book, const struct hp_lock_key *key);
/* The same, made on its first mention; the last one is all those that there is no room for. */
uint32_t lockbook_number(struct lockbook *book, const struct hp_lock_key *key);
/* It is used from now on. */
void lockbook_see(struct lockbook *book, const struct hp_uselock_seen *seen);
/* Its class is right, and its address is that of the object. */
void lockbook_count(struct lockbook *book, uint32_t number, const struct lockbook_use *use);
/* Whose it is. */
void lockbook_used(struct lockbook *book, uint32_t number, const struct hp_sample *sample,
		   const struct place *place);
/* A sampled wait: into the sink, as one sample for each thing that holders did meanwhile. */
void lockbook_add(struct lockbook *book, struct sink *sink, const struct stacks *stacks,
		  const struct hp_lock_wait *wait, const struct place *place);
/* The exact sums, from hp_locks. Of processes of which no wait was sampled, `places` knows whether
 * they were asked for. 0 or -errno. */
int lockbook_read(struct lockbook *book, int map, struct places *places);

/* When its votes are counted: enum hp_lock_class. */
uint32_t lockbook_class(const struct lockbook_lock *lock);
/* Whose the locks are of which no wait was sampled, and their votes, as others of their program
 * tell. */
void lockbook_fill(struct lockbook *book);

/*
 * After the locations of the profile have their names: the kinds of locks, the samples scaled to
 * the exact sums, and texts for the labels that were numbers. The result is the caller's, sorted.
 */
struct locks *lockbook_take(struct lockbook *book, struct profile *p);

#endif
