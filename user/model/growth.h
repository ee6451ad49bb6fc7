/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_MODEL_GROWTH_H
#define HOSTPROF_MODEL_GROWTH_H
/*
 * How much memory each process was given while it was recorded, exactly, beside how its resident
 * set changed: the difference is what it gave back, what was swapped out, and what it maps of
 * files. Sizes are bytes.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "util/hash.h"
#include "util/vec.h"

#define GROWTH_COMM_LEN 16

struct growth_process {
	uint32_t pid;	/* 0: all that could not be counted apart */
	uint64_t start; /* ns since boot: with the pid, its identity */
	char comm[GROWTH_COMM_LEN + 1];
	uint64_t pages, times;	       /* times: how often the kernel was asked */
	int64_t rss_before, rss_after; /* -1: not known (it was not there) */
};

/* Of some processes together, in bytes. */
struct growth_sum {
	uint64_t n, given;
	uint64_t kept, back, ended; /* parts of given: grew by it; did not; ended meanwhile */
	int64_t change;		    /* of the resident sets of those that live on */
};

struct growth {
	uint64_t page_size;
	VEC(struct growth_process) list;
	struct growth_sum others; /* those that are not in the list */
	struct hash_index by_process;
};

struct growth *growth_new(uint64_t page_size);
void growth_free(struct growth *growth);

/* Adds to the process's counts; `comm` may be empty: not known. Returns its index. */
size_t growth_add(struct growth *growth, uint32_t pid, uint64_t start, uint64_t pages,
		  uint64_t times, const char *comm);
/* What the process of that index is called; cut to GROWTH_COMM_LEN. */
void growth_name(struct growth *growth, size_t index, const char *comm);
uint64_t growth_total(const struct growth *growth); /* pages, of the list */
/* Those of the list from that index on, and those that are not in it. */
void growth_sum_from(const struct growth *growth, size_t from, struct growth_sum *ret_sum);
/* By how much the resident sets of those that live on have changed; a new one had none before. */
int64_t growth_resident(const struct growth *growth);
/* By pages, the most first. The last thing to do: growth_add() does not find them any more. */
void growth_sort(struct growth *growth);

#endif
