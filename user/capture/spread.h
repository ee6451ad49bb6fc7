/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_CAPTURE_SPREAD_H
#define HOSTPROF_CAPTURE_SPREAD_H
/*
 * How sure a sum is that was looked at in windows only. The time is cut into cycles, one behind the
 * other; in each there is one window somewhere, and what was seen in it stands for the cycle. The
 * error is told from how much neighbours differ, since one window a cycle tells nothing of its own:
 * that takes a slow change of the load for scatter, so it is rather too large. Units are the
 * caller's.
 */
#include <stdint.h>

struct spread {
	double sum;
	double squares; /* of the cycles' lengths */
	double steps;	/* half of the squared differences of neighbours' rates, summed */
	uint64_t n_steps;
	double last_rate;
	uint64_t n;
};

/* A cycle that was `length` long, and what its window stands for. */
void spread_add(struct spread *spread, double length, double value);
/* Of the sum: one standard deviation; as large as the sum with fewer than two cycles. */
double spread_error(const struct spread *spread);

#endif
