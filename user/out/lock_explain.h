/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_OUT_LOCK_EXPLAIN_H
#define HOSTPROF_OUT_LOCK_EXPLAIN_H
/*
 * A lock in a sentence: who held it, doing what; or who ended the waits for an event. Names in it
 * are as they came: the output cleans them.
 */
#include <stdint.h>
#include "util/buf.h"

struct lock_rank;
struct lock_row;
struct lock_row_state;

/* "94 %", "<1 %" */
void lock_percent(int64_t n, int64_t whole, struct buf *out);
/* "held 94 % of the time by worker-3 (1234), itself blocked in fdatasync at flush_log (disk)" */
void lock_explain(const struct lock_rank *rank, const struct lock_row *row, struct buf *out);
/*
 * What a holder did: "blocked in fdatasync at flush_log (disk 94 %, on-CPU 6 %)". `states`: largest
 * first, of `whole`; nothing when it is not known.
 */
void lock_explain_states(const struct lock_row_state *states, uint32_t n, int64_t whole,
			 struct buf *out);
/* "in row_search 85 %, in row_update 15 %": where they waited; nothing when it is not known. */
void lock_explain_waiters(const struct lock_rank *rank, const struct lock_row *row,
			  struct buf *out);
/* "by mysqld in row_unlock 94 %": who let it go; nothing when it is not known. */
void lock_explain_releases(const struct lock_rank *rank, const struct lock_row *row,
			   struct buf *out);

#endif
