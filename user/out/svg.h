/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_OUT_SVG_H
#define HOSTPROF_OUT_SVG_H
/*
 * A flame graph as one still picture, callers above what they call: no script, for documents and
 * mails. Each box has its full name and share as a title, which browsers show under the pointer.
 * Boxes too narrow to be seen are left out, with all below them.
 */
#include <stdio.h>

struct profile;
struct out_options;

int svg_write(const struct profile *p, const struct out_options *o, FILE *to);

#endif
