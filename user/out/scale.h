/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_OUT_SCALE_H
#define HOSTPROF_OUT_SCALE_H
/*
 * Numbers for people. One scale, chosen by the largest value, serves a whole column, so that its
 * numbers can be compared by eye.
 */
#include <stdint.h>
#include "model/profile.h"
#include "util/buf.h"

struct scale {
	double divisor;
	int decimals;
	char unit[24]; /* "ms", "MiB"; "" for plain counts */
};

/* The scale of a column whose values, in `unit` as in the pprof file, go up to `largest`. */
struct scale scale_for(const char *unit, int64_t largest);
void scale_number(const struct scale *scale, int64_t value, struct buf *out);
void scale_value(const struct scale *scale, int64_t value, struct buf *out); /* "12.3 ms", "17" */

double scale_percent(int64_t value, int64_t total);
/* "12.3 %"; right-aligned to 7 columns. */
void scale_percent_print(int64_t value, int64_t total, struct buf *out);

/* "12.345 s of cpu", "1980 samples": a value with the name of its type. */
void scale_described(const struct profile *p, uint32_t value, int64_t n, struct buf *out);

#endif
