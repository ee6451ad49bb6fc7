// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/meter.h"

#include <unistd.h>

#include "hook/stats.h"
#include "probes/probes.h"
#include "util/clock.h"

#define TICKS_A_WINDOW                                                                             \
	10 /* one of which is measured, not always in the same place: loads have rhythms too */

static void open_stats(struct meter *meter)
{
	meter->fd = bpf_stats_open();
	meter->failed = meter->fd < 0;
	meter->opened_ns = clock_mono_ns();
}

/* In the present opening, if there is one. */
static struct meter_cost cost_now(const struct meter *meter, const struct probes *probes)
{
	struct meter_cost now = {0};

	if (meter->fd < 0)
		return now;
	probes_cost(probes, &now.ns, &now.runs);
	now.ns -= meter->opened.ns;
	now.runs -= meter->opened.runs;
	return now;
}

static void close_stats(struct meter *meter)
{
	if (meter->fd >= 0)
		close(meter->fd);
	meter->fd = -1;
}

void meter_start(struct meter *meter, bool sparing)
{
	*meter = (struct meter){.fd = -1, .sparing = sparing};
	open_stats(meter);
	meter->started_ns = meter->opened_ns;
}

static void end_opening(struct meter *meter, const struct probes *probes)
{
	struct meter_cost cost = cost_now(meter, probes);

	if (meter->fd < 0)
		return;
	if (meter->first_ns) {
		meter->on_ns += clock_mono_ns() - meter->opened_ns;
		meter->on.ns += cost.ns;
		meter->on.runs += cost.runs;
	} else {
		meter->first_ns = clock_mono_ns();
		meter->first = cost;
	}
	close_stats(meter);
}

void meter_tick(struct meter *meter, const struct probes *probes)
{
	static const uint32_t places[] = {3, 7, 1, 5, 9, 2, 8, 4, 6, 0};
	uint32_t window, place;

	if (!meter->sparing || meter->failed || ++meter->ticks < TICKS_A_WINDOW)
		return;
	window = meter->ticks / TICKS_A_WINDOW;
	place = places[window % (sizeof(places) / sizeof(places[0]))];
	end_opening(meter, probes);
	if (meter->ticks % TICKS_A_WINDOW == place) {
		open_stats(meter);
		probes_cost(probes, &meter->opened.ns, &meter->opened.runs);
	}
}

static uint64_t scaled(uint64_t part, uint64_t of_ns, uint64_t to_ns)
{
	return (uint64_t)((double)part * ((double)to_ns / (double)of_ns));
}

void meter_read(const struct meter *meter, const struct probes *probes, uint64_t *ret_ns,
		uint64_t *ret_runs)
{
	uint64_t now = clock_mono_ns(), on_ns = meter->on_ns;
	uint64_t first_ns = meter->first_ns - meter->started_ns;
	struct meter_cost cost = cost_now(meter, probes);

	*ret_ns = cost.ns;
	*ret_runs = cost.runs;
	if (!meter->first_ns)
		return;
	if (meter->fd >= 0)
		on_ns += now - meter->opened_ns;
	if (on_ns) {
		uint64_t rest_ns = now - meter->first_ns;

		*ret_ns = meter->first.ns + scaled(meter->on.ns + cost.ns, on_ns, rest_ns);
		*ret_runs = meter->first.runs + scaled(meter->on.runs + cost.runs, on_ns, rest_ns);
	} else { /* nothing was measured since: as it was before */
		*ret_ns = scaled(meter->first.ns, first_ns, now - meter->started_ns);
		*ret_runs = scaled(meter->first.runs, first_ns, now - meter->started_ns);
	}
}

void meter_done(struct meter *meter)
{
	close_stats(meter);
}
