/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_MODEL_LEAKS_H
#define HOSTPROF_MODEL_LEAKS_H
/*
 * How the memory of each stack of one process came and went, and which stacks keep more and more.
 *
 * The time of the recording is kept in at most LEAKS_SLICES slices, which grow with it. A stack is
 * said to grow when the least it had in use rises from each quarter of the recording to the next,
 * and by enough not to be chance: more than the scatter of the samples that came and went. The
 * first quarter does not count: caches fill. It is called a
 * leak when, besides, some of its memory is older than the leak age. Bytes are estimates of all,
 * from samples. Times are CLOCK_MONOTONIC.
 */
#include <stdbool.h>
#include <stdint.h>
#include "util/hash.h"
#include "util/vec.h"

#define LEAKS_SLICES	64
#define LEAKS_AGES	6 /* buckets: below 1 s, 10 s, 1 min, 10 min, 1 h, and above */
#define LEAKS_MAX_SITES 65536
#define LEAKS_FEWEST	8 /* samples in use below which nothing is said */
#define LEAKS_COMM_LEN	16

struct leak_site {
	uint32_t pid;
	uint64_t start, stack; /* of the process; the stack's id, whatever it is */
	char comm[LEAKS_COMM_LEN + 1];
	char *text; /* the stack, root first, split by ';'; owned; NULL: not known */
	double change[LEAKS_SLICES]; /* bytes allocated less freed in each slice */
	float left[LEAKS_SLICES];    /* bytes in use at the end, by when they were allocated */
	uint64_t samples_left;	     /* in use at the end */
	double objects_left, bytes_left, old_bytes;
	double ages[LEAKS_AGES]; /* of the bytes in use */
	/* leaks_judge() */
	double bytes_a_minute;
	bool grows, leaks;
};

struct leaks {
	uint64_t start, slice, end; /* of the recording; ns a slice */
	uint64_t age;		    /* old is what is older, ns */
	VEC(struct leak_site) sites;
	struct hash_index by_site;
	bool at_most;	  /* some frees were not seen: all is an upper bound, and nothing leaks */
	uint64_t dropped; /* events of sites that there was no room for */
};

struct leaks *leaks_new(uint64_t start);
void leaks_free(struct leaks *leaks);

/* NULL: there is no room for one more. */
struct leak_site *leaks_site(struct leaks *leaks, uint32_t pid, uint64_t start, uint64_t stack);
void leaks_change(struct leaks *leaks, struct leak_site *site, uint64_t when, double bytes);
/* A block in use at `end`. */
void leaks_left(struct leaks *leaks, struct leak_site *site, uint64_t born, double objects,
		double bytes);
/* The last: who leaks; sorted, leaks first, then by old bytes. */
void leaks_judge(struct leaks *leaks);

extern const char *const leaks_age_names[LEAKS_AGES]; /* "<1s", ... */

#endif
