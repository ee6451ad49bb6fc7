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

/* The first tick is measured always: a recording can be as short as that. */
void meter_tick(struct meter *meter)
{
	static const uint32_t places[] = {3, 7, 1, 5, 9, 2, 8, 4, 6, 0};
	uint32_t window, place;

	if (!meter->sparing || meter->failed)
		return;
	meter->ticks++;
	window = meter->ticks / TICKS_A_WINDOW;
	place = places[window % (sizeof(places) / sizeof(places[0]))];
	close_stats(meter);
	if (window && meter->ticks % TICKS_A_WINDOW == place)
		open_stats(meter);
}

void meter_read(const struct meter *meter, const struct probes *probes, uint64_t *ret_ns,
		uint64_t *ret_runs)
{
	uint64_t now = clock_mono_ns(), on_ns = meter->on_ns, ns, runs;
	double scale = 1;

	if (meter->fd >= 0)
		on_ns += now - meter->opened_ns;
	if (meter->sparing && on_ns)
		scale = (double)(now - meter->started_ns) / (double)on_ns;
	probes_cost(probes, &ns, &runs);
	*ret_ns = (uint64_t)((double)ns * scale);
	*ret_runs = (uint64_t)((double)runs * scale);
}

void meter_done(struct meter *meter)
{
	close_stats(meter);
}
