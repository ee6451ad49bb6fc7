/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_MODEL_LOCK_RANK_H
#define HOSTPROF_MODEL_LOCK_RANK_H
/*
 * A profile of waits for locks, added up by lock: who waited where, who held it and what the
 * holder did meanwhile, who let it go. A lock is a name in a process, with its class. All of it
 * comes from the samples' labels, so that a part of a profile can be looked at, too; the longest
 * wait and what else cannot be sampled comes from locks.json (lock_rank_exact()).
 *
 * A rank owns its rows and texts and borrows the profile. Times are in ns. An empty text says that
 * something is not known.
 */
#include <stdbool.h>
#include <stdint.h>
#include "util/hash.h"
#include "util/intern.h"
#include "util/vec.h"

struct filter;
struct lock_inversion;
struct locks;
struct profile;

#define LOCK_ON_CPU "on-CPU" /* states of a holder; all others are reasons to wait */
#define LOCK_RUNQ   "run queue"
#define LOCK_EVENT  "wait" /* reason of a wait for what nobody holds */

/* What a holder did for a part of the waits. */
struct lock_row_state {
	const char *state;
	int64_t delay;
	const char *stack; /* "root;...;leaf": where it did most of it */
};

struct lock_row_holder {
	const char *name; /* "worker-3 (1234)"; "" is the last of its lock */
	uint32_t row;
	uint32_t first, n; /* of `states`, largest first */
	int64_t delay;
};

/* Where waits began (stack: an index in the profile), or who ended them (name, text). */
struct lock_row_site {
	uint32_t stack;
	const char *name, *text;
	int64_t delay;
};

struct lock_row {
	const char *lock, *class, *comm, *container;
	int64_t pid; /* 0: not known */
	bool held;   /* someone has it while others wait; else the wait is for an event */
	int64_t contentions, delay;
	int64_t acquisitions, hold;	    /* 0: not recorded */
	int64_t longest;		    /* 0: not known */
	uint64_t address;		    /* 0: not known, or several of one name */
	uint32_t objects;		    /* locks of this name; 0: not known */
	uint32_t first_holder, n_holders;   /* of `holders`, largest first */
	uint32_t first_waiter, n_waiters;   /* of `sites`, largest first */
	uint32_t first_release, n_releases; /* the same */
};

struct lock_rank {
	const struct profile *p;
	VEC(struct lock_row) rows; /* by delay, largest first */
	VEC(struct lock_row_holder) holders;
	VEC(struct lock_row_state) states;
	VEC(struct lock_row_site) sites;
	struct intern text;
};

/* Do its samples say which lock they are of? */
bool lock_rank_known(const struct profile *p);
struct lock_rank *lock_rank_new(const struct profile *p);
/*
 * Adds what the recording's sums know: the longest wait, the address, and locks of which no wait
 * was sampled, with their holders. `filter` chose the profile's samples, and chooses these; NULL:
 * all.
 */
void lock_rank_exact(struct lock_rank *rank, const struct locks *locks,
		     const struct filter *filter);
void lock_rank_free(struct lock_rank *rank);

void lock_rank_sort(struct lock_rank *rank); /* after a change; the functions above do it */

/* The whole delay of what is held, or of events. */
int64_t lock_rank_total(const struct lock_rank *rank, bool held);
/* The name of a process, if one of its locks is known; else "". */
const char *locks_comm(const struct locks *locks, int64_t pid);
/* Does the filter choose its process? The same is not asked; `filter` may be NULL. */
bool lock_inversion_chosen(const struct locks *locks, const struct lock_inversion *inversion,
			   const struct filter *filter);
/* Does the filter choose this process? What it says of stacks and reasons is not asked. */
bool lock_rank_chooses(const struct filter *filter, int64_t pid, const char *comm,
		       const char *container);

#endif
