// SPDX-License-Identifier: GPL-2.0-or-later
/* The user half of the pthread probe. It attaches by file and process, as these are seen. */
#include "probes/probe.h"

#include <errno.h>
#include <stdlib.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "hook/libpthread.h"
#include "hook/trap.h"
#include "hook/uprobe.h"
#include "hostprof/uselock.h"
#include "probes/points.h"
#include "pthread.skel.h"
#include "util/clock.h"
#include "util/mem.h"

#define SOURCE_RETURNS "pthread, with every return probed"
#define SOURCE_EVENTS  "pthread, with every return probed, each probe a perf event"

static bool pthread_wanted(const struct probe_request *request)
{
	return request->use_locks;
}

static void *pthread_open(void)
{
	return pthread_probe__open();
}

static void pthread_destroy(void *skeleton)
{
	pthread_probe__destroy(skeleton);
}

static void pthread_configure(struct probe_run *run, const struct probe_request *request)
{
	struct pthread_probe *skeleton = run->skeleton;
	bool sessions = uprobe_has(UPROBE_SESSION);

	run->source = "pthread";
	if (!sessions)
		run->source = uprobe_has(UPROBE_ENTRY) ? SOURCE_RETURNS : SOURCE_EVENTS;
	run->every_return = !sessions;
	skeleton->rodata->hp_config = request->config;
	skeleton->rodata->hp_pthread_sessions = sessions;
	skeleton->rodata->hp_pthread_filter = request->filter_tasks;
	skeleton->rodata->hp_pthread_threads = request->per_thread;
	bpf_program__set_autoload(skeleton->progs.hp_pthread_call, sessions);
	bpf_program__set_autoload(skeleton->progs.hp_pthread_in, !sessions);
	bpf_program__set_autoload(skeleton->progs.hp_pthread_out, !sessions);
	uprobe_prepare(skeleton->progs.hp_pthread_call, UPROBE_SESSION);
	uprobe_prepare(skeleton->progs.hp_pthread_in, uprobe_best(false));
	uprobe_prepare(skeleton->progs.hp_pthread_out, uprobe_best(true));
	uprobe_prepare(skeleton->progs.hp_pthread_give, uprobe_best(false));
}

static enum points_side pthread_side(const struct hook_site *site, bool sessions)
{
	(void)sessions;
	return site->lock.op == HP_USELOCK_UNLOCK ? POINTS_GIVE : POINTS_TAKE;
}

static int pthread_attach(struct probe_run *run, const struct probe_request *request)
{
	struct pthread_probe *skeleton = run->skeleton;
	bool sessions = skeleton->rodata->hp_pthread_sessions;
	struct points points = {
		.programs = {.take = sessions ? skeleton->progs.hp_pthread_call : NULL,
			     .enter = skeleton->progs.hp_pthread_in,
			     .leave = skeleton->progs.hp_pthread_out,
			     .give = skeleton->progs.hp_pthread_give,
			     .entry = uprobe_best(false),
			     .leaving = uprobe_best(true)},
		.table = {.map = bpf_map__fd(skeleton->maps.pthread_sites),
			  .file_sites = LIBPTHREAD_MAX_SITES,
			  .sites = HP_USELOCK_SITES,
			  .side = pthread_side},
	};
	int err = trap_cost(skeleton->progs.hp_pthread_give, &run->trap_ns);

	(void)request;
	run->own = mem_alloc(sizeof(points));
	*(struct points *)run->own = points;
	if (!err)
		err = links_attach(&run->links, skeleton->progs.hp_pthread_exit);
	return err ? err : links_attach(&run->links, skeleton->progs.hp_pthread_exec);
}

static int pthread_attach_file(struct probe_run *run, const struct probe_file *file)
{
	return points_attach(run->own, file);
}

/* Shut while probes come and go, and once the window's time is over: its program sees to that. */
static void pthread_window(struct probe_run *run, const struct probe_window *window)
{
	struct pthread_probe *skeleton = run->skeleton;

	skeleton->bss->hp_pthread_shut = 1;
	if (window->shut)
		return;
	points_switch(run->own, window);
	if (!window->takes)
		return;
	skeleton->bss->hp_pthread_window++;
	skeleton->bss->hp_pthread_weight = window->weight - 1;
	skeleton->bss->hp_pthread_length = window->length_ns;
	skeleton->bss->hp_pthread_opened = clock_mono_ns();
	skeleton->bss->hp_pthread_shut = 0;
}

/* They are taken away with the others, when the end has its time. */
static int pthread_finish(struct probe_run *run, probe_record *record, void *arg)
{
	struct points *points = run->own;

	(void)record;
	(void)arg;
	links_move(&run->links, &points->takes);
	links_move(&run->links, &points->gives);
	return 0;
}

static void pthread_done(struct probe_run *run)
{
	if (run->own)
		points_done(run->own);
	free(run->own);
}

const struct probe probe_pthread = {
	.name = "pthread",
	.wanted = pthread_wanted,
	.open = pthread_open,
	.destroy = pthread_destroy,
	.configure = pthread_configure,
	.attach = pthread_attach,
	.attach_file = pthread_attach_file,
	.window = pthread_window,
	.finish = pthread_finish,
	.done = pthread_done,
};
