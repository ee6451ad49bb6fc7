/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_MODEL_MERGE_H
#define HOSTPROF_MODEL_MERGE_H
/*
 * Copies samples from profiles into one new profile, with only the strings, mappings, functions,
 * locations and labels those samples need. Equal things of several sources become one: locations
 * count as equal when mapping, address and lines are. The caller owns `into`, which must be used
 * for nothing else between merge_init() and merge_done().
 */
#include "model/profile.h"

struct merge {
	struct profile *into;
	struct hash_index by_location; /* location of `into` by its content */
};

/* Is sample number i of the source wanted? */
typedef bool (*merge_keep_fn)(const struct profile *from, uint32_t i, const void *arg);

void merge_init(struct merge *m, struct profile *into);
/*
 * Adds the samples that `keep` (NULL: all) wants. The first source gives types, default and
 * period; later ones must have the same types: -EINVAL, and nothing was added. Durations add up,
 * the earliest time stays, every different comment is kept.
 */
int merge_add(struct merge *m, const struct profile *from, merge_keep_fn keep, const void *arg);
void merge_done(struct merge *m);

#endif
