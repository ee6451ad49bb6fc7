/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_UNWIND_FEEDER_H
#define HOSTPROF_UNWIND_FEEDER_H
/*
 * Feeds the walker: builds the unwind table of each binary that was seen, in a worker thread, and
 * puts it into the kernel's maps. A thread of its own, since a large library takes tens of
 * milliseconds, in which the ring must be read.
 *
 * Binaries of the same content share one table, built once, however many files they are: each
 * container has a file of its own where its engine has no layers, or where images have the same
 * packages. What the content is, nobody is believed: see elf/trace.h.
 *
 * Memory in the kernel is bounded by `max_bytes`. When it is used up, the tables that came first go
 * first, for all who share them; their binaries are forgotten, so that one that still runs is told
 * anew. What has no key could not be told again and stays; for a table that finds no room the walk
 * goes on to say no_table_yet.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FEEDER_MAX_BYTES                                                                           \
	(128ull << 20) /* the usual bound: more than a whole distribution needs                    \
			*/
#define FEEDER_MIN_BYTES (1ull << 20)

struct feeder;

struct feeder_maps {
	int arena, tables, binaries; /* hp_arena, hp_tables, hp_binaries; borrowed */
};

struct feeder_job {
	int fd;		/* of the file; stays open until feeder_free() */
	uint32_t space; /* the binary's number in the kernel */
	/* Its key in hp_binaries, for forgetting it. */
	const void *key;
	size_t key_size; /* at most FEEDER_MAX_KEY */
};
#define FEEDER_MAX_KEY 32

struct feeder_counts {
	uint32_t tables; /* binaries whose table is in place */
	uint64_t bytes;	 /* of all, a shared one once */
	uint32_t built;	 /* made of a file; the rest of those ever in place were shared */
	uint32_t shared;
	uint32_t without; /* files without call frame information */
	uint32_t failed, evicted;
};

/* max_bytes is at least FEEDER_MIN_BYTES. 0 or -errno. */
int feeder_new(const struct feeder_maps *maps, uint64_t max_bytes, struct feeder **ret_feeder);
void feeder_free(struct feeder *f); /* drops what has not been built yet */

void feeder_add(struct feeder *f, const struct feeder_job *job);
/* Waits until all that was added is built, or the time is over. Was it in time? */
bool feeder_wait(struct feeder *f, uint64_t timeout_ns);
void feeder_counts(struct feeder *f, struct feeder_counts *ret_counts);

#endif
