/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_OUT_LOCK_RANK_JSON_H
#define HOSTPROF_OUT_LOCK_RANK_JSON_H
/*
 * Locks, or their holders, for programs: the rows of the report as other profiles have them
 * (out/json), each with what is known of it: holders with their states and stacks, waiters,
 * releases, and the sentence for people. All times are ns.
 */
#include <stdio.h>

#include "out/locks_text.h"

/* By lock, or with `o->by` RANK_HOLDER by holder. `locks` may be NULL. 0 or -errno. */
int lock_rank_json_write(const struct lock_rank *rank, const struct locks *locks,
			 enum lock_waits waits, const struct out_options *o, FILE *to);

#endif
