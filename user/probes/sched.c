// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The user half of the sched probe. The books of the threads that live are opened when the
 * tracepoints are attached already: an event before that finds none, and is ignored.
 */
#include "probes/probe.h"

#include "hook/iter.h"
#include "sched.skel.h"

static void *sched_open(void)
{
	return sched_probe__open();
}

static void sched_destroy(void *skeleton)
{
	sched_probe__destroy(skeleton);
}

static bool sched_wants_exec(const struct probe_request *request)
{
	const uint32_t may_change = HP_FILTER_COMM | HP_FILTER_CGROUP | HP_FILTER_PLACE;

	return request->follow || request->config.filter & may_change;
}

static void sched_configure(struct probe_run *run, const struct probe_request *request)
{
	struct sched_probe *skeleton = run->skeleton;

	run->source = "sched_switch";
	skeleton->rodata->hp_config = request->config;
	skeleton->rodata->hp_sched_follow = request->follow;
	skeleton->rodata->hp_sched_waits = !!(request->kinds & 1u << HP_KIND_OFFCPU);
	skeleton->rodata->hp_sched_locks = !!(request->kinds & 1u << HP_KIND_LOCK);
	bpf_program__set_autoload(skeleton->progs.hp_sched_exec, sched_wants_exec(request));
}

static int sched_attach(struct probe_run *run, const struct probe_request *request)
{
	struct sched_probe *skeleton = run->skeleton;
	const struct bpf_program *programs[] = {
		skeleton->progs.hp_sched_new,
		skeleton->progs.hp_sched_waking,
		skeleton->progs.hp_sched_switch,
		sched_wants_exec(request) ? skeleton->progs.hp_sched_exec : NULL,
	};

	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		int err = programs[i] ? links_attach(&run->links, programs[i]) : 0;

		if (err)
			return err;
	}
	return iter_run(skeleton->progs.hp_sched_begin, 0, NULL, NULL);
}

static int sched_finish(struct probe_run *run, probe_record *record, void *arg)
{
	struct sched_probe *skeleton = run->skeleton;

	return iter_run(skeleton->progs.hp_sched_end, sizeof(struct hp_ledger), record, arg);
}

const struct probe probe_sched = {
	.name = "sched",
	.open = sched_open,
	.destroy = sched_destroy,
	.configure = sched_configure,
	.attach = sched_attach,
	.finish = sched_finish,
};
