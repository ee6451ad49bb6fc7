/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_CAPTURE_DUTY_H
#define HOSTPROF_CAPTURE_DUTY_H
/*
 * Keeps what the heap's probes, or those on locks, cost below a limit: once they cost more, they
 * are attached in windows only, of DUTY_WINDOW_NS or less, one in each cycle, at a place in it that
 * is drawn at random. What is allocated in a window stands for its cycle, so each sample has a
 * weight: the length of the cycle over that of the window. It is chosen before the window opens, by
 * what the windows before cost, and the cycle is ended when it fits the window as it was: no
 * estimate is bent by the load.
 *
 * The probes on free stay attached as long as they alone leave half of the limit: then it is known
 * of each sampled block whether it was freed. If they do not, they come and go with the windows,
 * and a block that was not seen to be freed may be freed all the same: what is in use is then an
 * upper bound, and nothing is called a leak.
 *
 * Those on locks all come and go. Their windows have an end that the program knows.
 */
#include <stdbool.h>
#include <stdint.h>
#include "util/buf.h"
#include "util/clock.h"

#define DUTY_WINDOW_NS	 (100 * NSEC_PER_MSEC)
#define DUTY_SHORTEST_NS (20 * NSEC_PER_MSEC)
#define DUTY_MOST_WEIGHT 1000

struct duty;
struct meter;
struct probes;
struct recording_windows;

/* What was seen until now, by what it stands for, and the variance of that for reasons other than
 * the windows. */
#define DUTY_SUMS 2
struct duty_sums {
	double sum[DUTY_SUMS], variance[DUTY_SUMS];
};

struct duty_setup { /* borrowed */
	struct probes *probes;
	uint32_t kind;	  /* the heap's, or the locks' */
	bool ends_itself; /* a window, when it is as long as was asked; all probes come and go */
	void (*sums)(void *arg, struct duty_sums *ret_sums);
	void *sums_arg;
	const struct meter *meter;
	void (*read)(void *arg); /* takes what is in the ring */
	void *read_arg;
	uint64_t (*cpu_ns)(void *arg); /* of the processes that are probed, all threads */
	void *cpu_arg;
	double percent; /* of the host's CPU time, for all of hostprof */
};

/* The probes are attached. */
struct duty *duty_new(const struct duty_setup *setup);
void duty_free(struct duty *duty);

/* Now and then, several times a window. */
void duty_tick(struct duty *duty);
/* The end of the recording: the last window closes. Untouched when there was no need of windows. */
void duty_end(struct duty *duty, struct recording_windows *ret_windows);

/*
 * The weight by which probes that cost `share` of the host while attached cost no more than
 * `limit`: 1, all the time; at most DUTY_MOST_WEIGHT.
 */
uint32_t duty_weight(double share, double limit);

#endif
