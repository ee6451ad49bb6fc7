/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_CAPTURE_HEAPBOOK_H
#define HOSTPROF_CAPTURE_HEAPBOOK_H
/* From the heap's samples, frees and what is left to a struct leaks. */
#include <stdint.h>
#include "hostprof/event.h"

struct heapbook;
struct leaks;
struct sink;
struct stacks;

struct heapbook *heapbook_new(uint64_t interval);
void heapbook_free(struct heapbook *book);

void heapbook_sample(struct heapbook *book, const struct hp_sample *sample); /* now */
void heapbook_freed(struct heapbook *book, const struct hp_freed *freed);
/* After the last sample, before the first block that is left: when it is, and from when on a block
 * is old (0: half of the recording). */
void heapbook_end(struct heapbook *book, uint64_t age_ns);
void heapbook_live(struct heapbook *book, const struct hp_live *live);

/* After the sink's locations have their names. The result is the caller's. */
struct leaks *heapbook_take(struct heapbook *book, struct sink *sink, const struct stacks *stacks);

#endif
