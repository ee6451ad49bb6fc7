/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_CAPTURE_DECODE_H
#define HOSTPROF_CAPTURE_DECODE_H
/*
 * Records of the ring in, profiles out: one struct profile a kind, samples summed by stack and
 * labels. New binaries, and the maps of just-in-time compilers, are opened the moment they are
 * known.
 *
 * A sample that names a stack or a cgroup which has not come yet (two CPUs, one ring) waits in a
 * list, and so does one whose container has no name yet.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "hostprof/event.h"

struct books;
struct decode;
struct binaries;
struct feeder;
struct grown;
struct heapbook;
struct leaks;
struct lockbook;
struct lockuse;
struct places;
struct profile;
struct symbolizer;

/* Borrows the first three. */
struct decode *decode_new(struct binaries *binaries, struct symbolizer *symbolizer,
			  struct places *places, uint32_t kinds, bool per_thread);
/* From now on new binaries go to the feeder too (borrowed; NULL: no more). */
void decode_set_feeder(struct decode *decode, struct feeder *feeder);
/* Accounts of threads go there (borrowed; NULL: nowhere). */
void decode_set_books(struct decode *decode, struct books *books);
/* Growth counts of processes go there (the same). */
void decode_set_grown(struct decode *decode, struct grown *grown);
/* The locks that were waited for, still decode's; NULL: not asked for. */
struct lockbook *decode_lockbook(const struct decode *decode);
void decode_set_heap_interval(struct decode *decode, uint64_t bytes);
/* Between the last sample and the first block that is left: see heapbook_end(). */
void decode_end_heap(struct decode *decode, uint64_t leak_age_ns);
/* The heap's book, to read; NULL: none. */
struct heapbook *decode_heapbook(struct decode *decode);
struct leaks *decode_take_leaks(struct decode *decode); /* after decode_symbolize(); or NULL */
/* The kind lock has what probes on the use of locks count, too. */
void decode_count_use(struct decode *decode);
/* That, between the last sample and decode_symbolize(); and after it. */
void decode_take_use(struct decode *decode, struct lockuse *use);
void decode_invert_use(struct decode *decode, const struct lockuse *use);
void decode_free(struct decode *decode);

void decode_record(struct decode *decode, const void *record, size_t size);
/* Now and then: takes the samples that have waited for the name of their container. */
void decode_settle(struct decode *decode);
/* After the last record: samples still waiting are taken without their stack. */
void decode_finish(struct decode *decode);
int decode_symbolize(struct decode *decode); /* 0 or -errno */

/* The profile of a kind, now the caller's; NULL if the kind was not asked for. */
struct profile *decode_take_profile(struct decode *decode, uint32_t kind);

struct decode_counts {
	uint64_t samples;     /* understood */
	uint64_t foreign;     /* of containers that were not asked for, as it turned out */
	uint64_t first_ns;    /* when the first sample was read (CLOCK_MONOTONIC), or 0 */
	uint64_t java_stacks; /* of samples: cut short, no_frame_pointer, in compiled Java code */
	uint64_t missing_stacks; /* of samples that were taken without one they named */
};
const struct decode_counts *decode_counts(const struct decode *decode, uint32_t kind);
/* Processes that have become another program, so far. */
uint64_t decode_execs(const struct decode *decode);
struct decode_traffic {
	uint64_t records, bytes;
	uint64_t stacks; /* those sent again included: tells the reader when to empty hp_seen */
};
const struct decode_traffic *decode_traffic(const struct decode *decode);

#endif
