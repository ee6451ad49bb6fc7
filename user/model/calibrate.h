/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_MODEL_CALIBRATE_H
#define HOSTPROF_MODEL_CALIBRATE_H
/*
 * From the ledger's exact totals to the profile of waits, whose stacks are a sample of them.
 */
struct ledger;
struct profile;

/*
 * Scales the samples of an off-CPU profile (waits, ns; labels pid and reason), by process and
 * reason, to what the ledger says, to the nanosecond. Waits of which none was sampled appear under
 * a location of their own, "[no stack taken]".
 */
void calibrate_waits(const struct ledger *ledger, struct profile *profile);

#endif
