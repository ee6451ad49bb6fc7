/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_CAPTURE_SLOWDOWN_H
#define HOSTPROF_CAPTURE_SLOWDOWN_H
/*
 * How much less a program does while it is probed. A program that waits for work takes the traps
 * from its idle time, and does what it would have done; one that computes does less. Which of the
 * two, its CPU time tells: what it uses while probed, less what the traps take, beside what it uses
 * otherwise. What a trap takes is known to SLOWDOWN_DOUBT only.
 */
#include <stdint.h>

#define SLOWDOWN_DOUBT 0.3 /* of a trap's time: caches and neighbours differ from its measure's */

struct slowdown {
	uint64_t in_ns, in_cpu_ns,
		in_trap_ns; /* probed: wall time, the program's CPU time, of it traps */
	uint64_t out_ns;    /* not probed */
	int64_t out_cpu_ns; /* less the traps that stay: below 0 when these are thought too dear */
};

/*
 * What the program does while probed, as a part of what it does otherwise: above 0, up to 1, which
 * is also what is said of what cannot be told from it. *ret_doubt: how wrong that can be.
 */
double slowdown_factor(const struct slowdown *s, double *ret_doubt);

#endif
