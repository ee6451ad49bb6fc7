/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_MODEL_LEDGER_RANK_H
#define HOSTPROF_MODEL_LEDGER_RANK_H
/*
 * The rows of a ledger to look at: by process, thread or container, those with the most active
 * time first. Active is what was spent on a CPU, waiting for one, or waiting for something that
 * was in the way. The rest is quiet:
 *
 *   - waiting for work, as the reasons say;
 *   - waiting for another process (a pipe, a child, a debugger): what took so long stands in that
 *     one's row;
 *   - waiting for a socket, in a thread that never ran: nothing came for as long as we looked.
 *
 * Rows without active time come last. Borrows the ledger, which must not change while the rank
 * lives.
 */
#include "model/ledger.h"
#include "model/rank.h"

struct filter;

struct ledger_row {
	const char *label; /* "nginx (123)", "nginx (123) / worker (124)", "shop" */
	uint32_t index;	   /* of the thread, process or container; LEDGER_NONE: of no container */
	uint64_t threads;
	uint64_t active;
	const struct ledger_times *times;
	const struct ledger_times *quiet; /* of these, beside work; only `blocked` is used */
};

struct ledger_rank {
	VEC(struct ledger_row) rows;
	uint64_t threads, active;
	struct ledger_times total;  /* of the rows */
	struct ledger_times *sums;  /* by container: what the rows' times point to */
	struct ledger_times *quiet; /* by index of process, thread, container; one more */
	struct intern text;
};

/* `by` is a process, thread or container, anything else a process. Of the filter only what labels
 * say counts; it may be NULL. */
struct ledger_rank *ledger_rank_new(const struct ledger *ledger, enum rank_by by,
				    const struct filter *filter);
void ledger_rank_free(struct ledger_rank *rank);

/* Is waiting for it quiet in every row? */
bool ledger_reason_quiet(const struct ledger_reason *reason);
/* Waiting for `reason` is quiet in this row, or most of it is. */
bool ledger_row_quiet(const struct ledger *ledger, const struct ledger_row *row, uint32_t reason);
/* The three reasons that took the longest, the quiet ones last: their number. */
#define LEDGER_TOP 3
uint32_t ledger_row_top(const struct ledger *ledger, const struct ledger_row *row,
			uint32_t ret_reasons[LEDGER_TOP]);
/* What was in the way, all reasons. */
uint64_t ledger_row_blocked(const struct ledger *ledger, const struct ledger_row *row);

#endif
