/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_CAPTURE_LOCKORDER_H
#define HOSTPROF_CAPTURE_LOCKORDER_H
/*
 * Deadlocks that may come: rings of locks, each of which was asked for by a thread that had the one
 * before, and the first by one that had the last. Two locks in both orders are the smallest ring.
 *
 * It is none if its threads cannot all be there at once: as many threads as locks are needed, each
 * in its own place of the ring; none of them may hold a lock that another one must have too; and
 * who has a lock as a reader is not waited for by a reader.
 *
 * The shortest rings are found first, and of the longer ones those without a shorter one among
 * their locks, up to HP_USELOCK_RING locks. The work is bounded, whatever the program does.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "hostprof/uselock.h"
#include "util/vec.h"

#define LOCKORDER_MAX	1024	 /* rings */
#define LOCKORDER_STEPS 4000000u /* of the search for rings of more than two */

/* One order that was seen. */
struct lockorder_pair {
	struct hp_uselock_pair_key key;
	struct hp_uselock_pair value;
};

/* What the thread of one pair asks for, that of the next has; after the last comes the first. */
struct lockorder_ring {
	uint32_t n;
	uint32_t pairs[HP_USELOCK_RING]; /* indexes of what was searched */
};

struct lockorder {
	VEC(struct lockorder_ring) rings; /* the shortest first */
	bool cut;			  /* there may be more: a limit was met */
};

void lockorder_find(const struct lockorder_pair *pairs, size_t n, struct lockorder *ret_order);
void lockorder_done(struct lockorder *order);

#endif
