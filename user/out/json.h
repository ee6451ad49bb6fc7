/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_OUT_JSON_H
#define HOSTPROF_OUT_JSON_H
/* The rows of a rank as JSON, schema 1. */
#include <stdio.h>

struct profile;
struct out_options;

int json_write(const struct profile *p, const struct out_options *o, FILE *to);

#endif
