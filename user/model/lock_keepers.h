/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_MODEL_LOCK_KEEPERS_H
#define HOSTPROF_MODEL_LOCK_KEEPERS_H
/*
 * The threads that held others up, of all locks of a rank together: whose delay they caused, what
 * they did meanwhile, and with which locks. Borrows the rank, which must not change while it lives.
 */
#include <stdint.h>
#include "model/lock_rank.h"

struct lock_keeper {
	const char *name;		/* "worker-3 (1234)"; "": those who are not known */
	uint32_t row;			/* of the rank: one of its locks, for the process */
	int64_t delay;			/* of others */
	int64_t on_cpu, runq, blocked;	/* of it; the rest is not known */
	uint32_t first_state, n_states; /* of `states`, largest first */
	uint32_t first_lock, n_locks;	/* of `locks`, largest first */
};

struct lock_keepers {
	VEC(struct lock_keeper) rows; /* by delay, largest first; who is not known is the last */
	VEC(struct lock_row_state) states;
	VEC(const struct lock_row_holder *) locks; /* of the rank: what one did with one lock */
};

/* Of locks that somebody holds. */
struct lock_keepers *lock_keepers_new(const struct lock_rank *rank);
void lock_keepers_free(struct lock_keepers *keepers);

#endif
