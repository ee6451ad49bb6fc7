/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_CAPTURE_METER_H
#define HOSTPROF_CAPTURE_METER_H
/*
 * What our BPF programs cost, by the kernel's own statistics. Keeping these costs two reads of the
 * clock a run, which is more than some of the programs: where programs run at every switch the
 * statistics are on for a tenth of the time only, and what they say is scaled. Not so in the first
 * second, when much is new and dear: it is measured whole, and says nothing about the rest. They
 * are the host's, so others may have them on meanwhile: what is counted then does not count here.
 */
#include <stdbool.h>
#include <stdint.h>

struct probes;

struct meter {
	int fd; /* holds the statistics on; negative: they are off */
	bool sparing, failed;
	uint32_t ticks;
	uint64_t started_ns, opened_ns; /* CLOCK_MONOTONIC */
	uint64_t first_ns;		/* when the first second was over; 0: it is not */
	uint64_t on_ns;			/* after it, before the present opening */
	struct meter_cost {
		uint64_t ns, runs;
	} first, on, opened; /* in the first second, in on_ns, before the present opening */
};

/*
 * On from now; sparing: a tenth of the time after the first second. Callers call meter_tick() ten
 * times a second.
 */
void meter_start(struct meter *meter, bool sparing);
void meter_tick(struct meter *meter, const struct probes *probes);
/* What the programs have cost since the start: ns of CPU, and how often they ran. */
void meter_read(const struct meter *meter, const struct probes *probes, uint64_t *ret_ns,
		uint64_t *ret_runs);
void meter_done(struct meter *meter); /* a meter whose fd is -1 is fine */

#endif
