/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_MODEL_WALL_H
#define HOSTPROF_MODEL_WALL_H
/*
 * All of the wall time in one profile, and the wakers of waits as one.
 *
 * The wall profile has one value, wall/nanoseconds. The outermost frame says the state, below it
 * stand the stacks:
 *
 *   [on-CPU]         samples of the CPU profile, scaled by process to the ledger's time on a CPU
 *   [run queue]      no stacks
 *   [off-CPU: lock]  the waits of the off-CPU profile, by reason
 *   [residual]       what the ledger could not tell, if any
 *
 * so that each process comes to its wall time in the ledger, to the nanosecond (and above it by
 * the residual where that is below zero). What was not sampled stands under the state alone, and
 * so does a process without a profile. Processes are told apart by pid: the profiles know no more.
 */
#define WALL_STATE_MODULE "[state]"		       /* of the frames of states */
#define WALL_QUESTION	  "where all of the time went" /* of a profile of it */

struct ledger;
struct profile;

/* Either profile may be NULL. The sources stay as they are. */
struct profile *wall_profile(const struct ledger *ledger, const struct profile *cpu,
			     const struct profile *offcpu);

#endif
