/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_CAPTURE_LOCKUSE_H
#define HOSTPROF_CAPTURE_LOCKUSE_H
/*
 * What the pthread probe has counted, taken out of the kernel at the end: how often each lock was
 * taken and how long it was held, into the lockbook; where, as samples of the lock profile; and
 * which locks were taken in orders that can end in a deadlock.
 *
 * The sums of a lock and of each place that takes it are exact. A place's are divided among the
 * stacks that were seen to lead there as the sampled ones were.
 */
#include <stdint.h>
#include "capture/lockorder.h"
#include "hostprof/uselock.h"
#include "util/vec.h"

struct duty_sums;
struct lockbook;
struct places;
struct probes;
struct sink;
struct stacks;

struct lockuse_stack {
	struct hp_uselock_stack_key key;
	struct hp_uselock_stack value;
};

struct lockuse_place {
	struct hp_uselock_place_key key;
	struct hp_uselock_place value;
};

struct lockuse_lock {
	struct hp_uselock_key key;
	struct hp_uselock value;
	uint32_t number; /* in the lockbook; HASH_NONE: not asked for */
};

struct lockuse {
	VEC(struct lockuse_stack) stacks; /* sorted by key, like the others */
	VEC(struct lockuse_place) places;
	VEC(struct lockuse_lock) locks;
	VEC(struct lockorder_pair) pairs;
	struct lockorder order;
	uint32_t *in_sink; /* of the stacks of those pairs that are in it, see sink_keep_stack() */
	struct hp_uselock_lost lost;
	uint64_t end; /* CLOCK_MONOTONIC: until when locks that are held were */
	double scale; /* 0: they were probed all the time */
};

/* While the maps are there. 0, -ENOENT: there is no such probe; -errno. */
int lockuse_read(struct lockuse *use, const struct probes *probes, uint64_t end);
void lockuse_done(struct lockuse *use);

/* It was seen in windows only: all of it is to be multiplied by `scale`, and locks that are held
 * now may have been released since. */
void lockuse_windows(struct lockuse *use, double scale);
/* What all acquisitions have come to until now, by `probes`. While attached. */
void lockuse_duty_sums(void *probes, struct duty_sums *ret_sums);

/* Before locations get their names: the samples, and the sums into the book. */
void lockuse_take(struct lockuse *use, struct lockbook *book, struct sink *sink,
		  const struct stacks *stacks, struct places *places);
/* After that: the locks whose threads may wait for each other, into the book. */
void lockuse_invert(const struct lockuse *use, struct lockbook *book, struct sink *sink);

/* What went wrong, for people, to free; NULL: nothing. */
char *lockuse_note(const struct lockuse *use);

#endif
