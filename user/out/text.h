/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_OUT_TEXT_H
#define HOSTPROF_OUT_TEXT_H
/* A table of rows with self and cumulative values, for people and for grep. */
#include <stdio.h>

struct profile;
struct out_options;

int text_write(const struct profile *p, const struct out_options *o, FILE *to);

#endif
