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

static void close_stats(struct meter *meter)
{
	if (meter->fd < 0)
		return;
	close(meter->fd);
	meter->fd = -1;
	meter->on_ns += clock_mono_ns() - meter->opened_ns;
}

void meter_start(struct meter *meter, bool sparing)
{
	*meter = (struct meter){.fd = -1, .sparing = sparing};
	open_stats(meter);
	meter->started_ns = meter->opened_ns;
}

void meter_tick(struct meter *meter, const struct probes *probes)
{
	static const uint32_t places[] = {3, 7, 1, 5, 9, 2, 8, 4, 6, 0};
	uint32_t window, place;

	if (!meter->sparing || meter->failed || ++meter->ticks < TICKS_A_WINDOW)
		return;
	window = meter->ticks / TICKS_A_WINDOW;
	place = places[window % (sizeof(places) / sizeof(places[0]))];
	close_stats(meter);
	if (!meter->first.at_ns) {
		probes_cost(probes, &meter->first.ns, &meter->first.runs);
		meter->first.at_ns = clock_mono_ns();
		meter->on_ns = 0;
	}
	if (meter->ticks % TICKS_A_WINDOW == place)
		open_stats(meter);
}

void meter_read(const struct meter *meter, const struct probes *probes, uint64_t *ret_ns,
		uint64_t *ret_runs)
{
	uint64_t now = clock_mono_ns(), on_ns = meter->on_ns;
	const struct meter_cost *first = &meter->first;
	double scale;

	probes_cost(probes, ret_ns, ret_runs);
	if (!first->at_ns)
		return;
	if (meter->fd >= 0)
		on_ns += now - meter->opened_ns;
	if (on_ns) {
		scale = (double)(now - first->at_ns) / (double)on_ns;
		*ret_ns = first->ns + (uint64_t)((double)(*ret_ns - first->ns) * scale);
		*ret_runs = first->runs + (uint64_t)((double)(*ret_runs - first->runs) * scale);
	} else { /* nothing was measured since: as it was before */
		scale = (double)(now - meter->started_ns) /
			(double)(first->at_ns - meter->started_ns);
		*ret_ns = (uint64_t)((double)first->ns * scale);
		*ret_runs = (uint64_t)((double)first->runs * scale);
	}
}

void meter_done(struct meter *meter)
{
	close_stats(meter);
}
