/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_CAPTURE_PLACES_H
#define HOSTPROF_CAPTURE_PLACES_H
/*
 * The cgroups that samples come from, by the numbers the kernel side has given them: which
 * container each is, looked up on its first sight, and whether it was asked for. The verdict goes
 * back into the kernel, which then sends no more of what nobody asked for.
 *
 * A container whose name no file knows yet is asked for again, for PLACES_WAIT_NS at most; its
 * samples wait as long.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "hostprof/event.h"
#include "proc/container.h"
#include "proc/throttle.h"
#include "util/buf.h"
#include "util/vec.h"

#define PLACES_WAIT_NS 1000000000ull

/* Which containers are asked for: all that is given must hold, each by one of its patterns. */
struct place_filter {
	VEC(const char *) containers, pods, namespaces, services; /* borrowed texts */
};
bool place_filter_is_empty(const struct place_filter *filter);
void place_filter_done(struct place_filter *filter);

struct place {
	struct container container;
	uint64_t id; /* of the cgroup in the cgroup2 tree, else a number of its own; 0: unknown */
	bool wanted;
};

struct places;

/* Borrows the filter. */
struct places *places_new(const struct place_filter *filter);
void places_free(struct places *places);
/* The descriptor of hp_cgroups; negative: verdicts stay here. */
void places_set_map(struct places *places, int map);

void places_add(struct places *places, const struct hp_cgroup_seen *seen, size_t size);
/* Asks again for names. Is something settled that was not? `now`: all is to be settled. */
bool places_settle(struct places *places, bool now);
/* Is there an answer for this number? */
bool places_know(const struct places *places, uint32_t number);
/* Where a sample was taken; without a number of use its process is asked, if it still lives. */
const struct place *places_get(struct places *places, uint32_t number, uint32_t tgid);

/* Is what this process is in asked for? By its cgroups as of now; false when it is gone. */
bool places_want(struct places *places, uint32_t tgid);
/* How long the quota of the cgroup `id` was used up since its first sight; 0 when it is gone. */
void places_throttled(const struct places *places, uint64_t id, struct throttle *ret_throttle);

/* Its memory, as the kernel charges it; all 0 when that is not known. */
struct place_memory {
	const struct container *container;
	uint64_t limit;		/* bytes; 0: none */
	uint64_t before, after; /* bytes in use at its first sight, and now; 0: it is gone */
};
void places_memory(const struct places *places, uint64_t id, struct place_memory *ret_memory);
/* Of the containers with a limit those that are nearest to it, the fullest first: how many. */
size_t places_fullest(const struct places *places, struct place_memory *ret_memories, size_t max);

/* Was any of what was asked for there? Else, in `seen`: names of what was there, if anything. */
bool places_any_wanted(const struct places *places, struct buf *seen);

#endif
