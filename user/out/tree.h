/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_OUT_TREE_H
#define HOSTPROF_OUT_TREE_H
/* The calls as a tree, outermost first, pruned to what matters. */
#include <stdio.h>

struct profile;
struct out_options;

int tree_write(const struct profile *p, const struct out_options *o, FILE *to);

#endif
