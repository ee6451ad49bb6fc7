/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_MODEL_FILTER_H
#define HOSTPROF_MODEL_FILTER_H
/*
 * Choosing samples by their labels and by the functions on their stacks. The result is a new
 * profile that holds nothing but what the chosen samples need; the source stays as it was.
 */
#include "model/profile.h"
#include "util/buf.h"

/* What is given must match, all of it. The caller keeps the strings. */
struct filter {
	const uint64_t *pids; /* any of these */
	size_t n_pids;
	const char *comm;	       /* the whole comm */
	const char *const *containers; /* any of these: names, patterns of them, starts of ids */
	size_t n_containers;
	const char *const *reasons; /* of waits: any of these, or with `other_reasons` none */
	size_t n_reasons;
	bool other_reasons;
	const char *focus;  /* POSIX extended regular expression: some frame matches */
	const char *ignore; /* the same: no frame matches */
};

#define FILTER_MIN_ID_PREFIX 4 /* characters of a container id that are enough */

/* Is a container of this name and id one of those meant, if any are? Without a name it is none. */
bool filter_container(const struct filter *f, const char *name, const char *id);
bool filter_is_empty(const struct filter *f);
/*
 * A frame is matched by its name, a frame without a name by the name of its module. -EINVAL: an
 * expression is wrong, and `why` got which one and the reason: "focus '(': Unmatched (".
 */
int filter_run(const struct filter *f, const struct profile *p, struct profile **ret_profile,
	       struct buf *why);

#endif
