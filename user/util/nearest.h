/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_UTIL_NEAREST_H
#define HOSTPROF_UTIL_NEAREST_H
/*
 * "Did you mean ...?": which of several words a mistyped one most likely stands for. Feed the
 * candidates one by one; `best` is then the nearest that is near enough, or NULL. Words are
 * borrowed.
 */
struct nearest {
	const char *word;
	const char *best;
	unsigned int distance; /* of best */
};

void nearest_init(struct nearest *n, const char *word);
void nearest_try(struct nearest *n, const char *candidate);

#endif
