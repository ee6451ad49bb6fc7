/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_CAPTURE_HARVEST_H
#define HOSTPROF_CAPTURE_HARVEST_H
/*
 * From a recording that has stopped to a struct recording that is complete, in two steps: the
 * books, while the probes' maps are still there, and the profiles, when nothing of ours is left in
 * the kernel (looking up names can take a while, and then costs nobody).
 */
#include <stdint.h>
#include "capture/lockuse.h"
#include "model/recording.h"

struct books;
struct decode;
struct feeder;
struct meter;
struct grown;
struct places;
struct probes;
struct symbolizer;

/* Clocks and counters as they were when the probes went in. */
struct harvest_baseline {
	uint64_t start_ns; /* CLOCK_MONOTONIC */
	uint64_t cpu_ns;   /* our own CPU time */
	uint64_t busy_ns;  /* the host's */
	uint64_t steal_ns; /* taken from the host by its hypervisor */
};

struct harvest {
	struct recording *recording;
	const struct probes *probes;
	struct decode *decode;
	struct books *books;
	const struct meter *meter;
	struct grown *grown;
	struct places *places;
	struct symbolizer *symbolizer;
	struct harvest_baseline baseline;
	struct lockuse use;	  /* of locks; freed by harvest_profiles() */
	uint64_t recorded_cpu_ns; /* our own CPU time when recording stopped */
	uint64_t busy_ns;	  /* the host's CPU time while recording; 0: unknown */
	uint64_t steal_ns;	  /* of all CPUs, while recording */
	uint64_t cycles;	  /* counted by all perf events */
};

/* An empty one of this host, with all kinds. */
struct recording *harvest_recording(uint32_t kinds_asked);
void harvest_baseline(struct harvest_baseline *ret_baseline);
void harvest_tables(struct recording *r, struct feeder *feeder);

/* The recording is over, and how long it was: what is measured over its time is read here, before
 * the probes are taken out, which can take seconds. */
void harvest_end(struct harvest *h);
/* Counts, losses, costs, and the kernel's symbols (ours are among them). 0, or -errno: there are
 * no symbols of the kernel; the rest is done all the same. */
int harvest_books(struct harvest *h);
/* Names, and each kind's profile. 0, or -errno: some have no names. */
int harvest_profiles(struct harvest *h);

#endif
