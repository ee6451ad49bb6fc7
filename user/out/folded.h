/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_OUT_FOLDED_H
#define HOSTPROF_OUT_FOLDED_H
/*
 * One line a stack, "comm;root;...;leaf value", as flame graph tools read it: equal lines merged,
 * sorted by byte. The comm is left out where samples have none. Kernel frames end in "_[k]".
 * Waiting and holding times are in microseconds, other values as the profile has them; lines of
 * value 0 are left out.
 */
#include <stdint.h>
#include <stdio.h>

struct profile;
struct out_options;

/* Sample counts rather than CPU nanoseconds; else the profile's default. */
uint32_t folded_default_value(const struct profile *p);
int folded_write(const struct profile *p, const struct out_options *o, FILE *to);

#endif
