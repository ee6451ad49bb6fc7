/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_MODEL_CALIBRATE_H
#define HOSTPROF_MODEL_CALIBRATE_H
/*
 * From exact totals to profiles whose stacks are a sample of what the totals are of.
 */
#include <stddef.h>
#include <stdint.h>

struct growth;
struct ledger;
struct profile;

/*
 * Scales the samples of an off-CPU profile (waits, ns; labels pid and reason), by process and
 * reason, to what the ledger says, to the nanosecond. Waits of which none was sampled appear under
 * a location of their own, "[no stack taken]".
 */
void calibrate_waits(const struct ledger *ledger, struct profile *profile);

/* The same for a growth profile (pages, bytes; label pid), by process, to the page. */
void calibrate_growth(const struct growth *growth, struct profile *profile);

/* What is known exactly of a group of samples, and what its samples were before. */
struct calibrate_sum {
	int64_t count, amount; /* 0, 0: nothing is known, and its samples stay as they are */
	int64_t have_count, have_amount;
	int64_t given_count, given_amount; /* after */
	uint32_t largest;		   /* sample */
};
/* The same by any groups: groups[i], below n, is that of the sample i; others stay as they are. The
 * first and the last value of a sample are scaled. */
void calibrate_groups(struct profile *profile, const uint32_t *groups, struct calibrate_sum *sums,
		      size_t n);

/* The stack of what no stack was taken of. */
uint32_t calibrate_no_stack(struct profile *profile);

#endif
