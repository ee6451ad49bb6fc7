// SPDX-License-Identifier: GPL-2.0-or-later
/* The user half of the cpu probe: which event, on which CPUs. */
#include "probes/probe.h"

#include "cpu.skel.h"
#include "hook/perf.h"
#include "util/clock.h"

static void *cpu_open(void)
{
	return cpu_probe__open();
}

static void cpu_destroy(void *skeleton)
{
	cpu_probe__destroy(skeleton);
}

static void cpu_configure(struct probe_run *run, const struct probe_request *request)
{
	struct cpu_probe *skeleton = run->skeleton;
	bool cycles = perf_has_cycles();

	run->source = perf_source_name(cycles ? PERF_SOURCE_CYCLES : PERF_SOURCE_CPU_CLOCK);
	run->period = NSEC_PER_SEC / request->frequency;
	skeleton->rodata->hp_config = request->config;
	skeleton->rodata->hp_config.cycles = cycles;
	skeleton->rodata->hp_config.period_ns = run->period;
}

static int cpu_attach(struct probe_run *run, const struct probe_request *request)
{
	struct cpu_probe *skeleton = run->skeleton;
	bool cycles = skeleton->rodata->hp_config.cycles;

	return perf_attach_all(&run->links, skeleton->progs.hp_cpu_tick,
			       cycles ? PERF_SOURCE_CYCLES : PERF_SOURCE_CPU_CLOCK,
			       request->frequency, &run->n_events);
}

const struct probe probe_cpu = {
	.name = "cpu",
	.open = cpu_open,
	.destroy = cpu_destroy,
	.configure = cpu_configure,
	.attach = cpu_attach,
};
