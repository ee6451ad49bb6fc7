/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_MODEL_CALIBRATE_H
#define HOSTPROF_MODEL_CALIBRATE_H
/*
 * From exact totals to profiles whose stacks are a sample of what the totals are of.
 */
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

#endif
