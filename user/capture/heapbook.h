/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_CAPTURE_HEAPBOOK_H
#define HOSTPROF_CAPTURE_HEAPBOOK_H
/* From the heap's samples, frees and what is left to a struct leaks. */
#include <stdint.h>
#include "hostprof/event.h"

struct duty_sums;
struct heapbook;
struct leaks;
struct sink;
struct stacks;

struct heapbook_sums {
	double bytes, objects, bytes_variance, objects_variance;
};

struct heapbook *heapbook_new(uint64_t interval);
void heapbook_free(struct heapbook *book);

/* The recording starts: what was needed to get there is no part of it. NULL: nothing to do. */
void heapbook_begin(struct heapbook *book, uint64_t start_ns);

void heapbook_sample(struct heapbook *book, const struct hp_sample *sample); /* now */
void heapbook_freed(struct heapbook *book, const struct hp_freed *freed);
/* All samples until now, by what they stand for; the variances are of those of weight 1, and come
 * of sampling bytes. */
const struct heapbook_sums *heapbook_sums(const struct heapbook *book);
void heapbook_duty_sums(void *book, struct duty_sums *ret_sums); /* the same */
/* After the last sample, before the first block that is left: when it is, and from when on a block
 * is old (0: half of the recording). */
void heapbook_end(struct heapbook *book, uint64_t age_ns);
/* Not all frees were seen: see struct leaks. */
void heapbook_miss_frees(struct heapbook *book);
void heapbook_live(struct heapbook *book, const struct hp_live *live);

/* After the sink's locations have their names. The result is the caller's. */
struct leaks *heapbook_take(struct heapbook *book, struct sink *sink, const struct stacks *stacks);

#endif
