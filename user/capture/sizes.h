/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_CAPTURE_SIZES_H
#define HOSTPROF_CAPTURE_SIZES_H
/*
 * What a sample of memory stands for: see hostprof/memory.h. A thing of `size` is chosen when one
 * of the points hits it, which are `spacing` apart on average.
 */
#include <stdint.h>

/*
 * `each` (1, or the thing's size) for all things that this one stands for. What rounding cuts off
 * is kept in *carry (0 at first) and given to a later one, so that sums are right.
 */
int64_t sizes_stand_for(uint64_t size, uint64_t spacing, double each, double *carry);

/* The same without rounding. */
double sizes_expected(uint64_t size, uint64_t spacing, double each);

#endif
