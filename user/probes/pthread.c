// SPDX-License-Identifier: GPL-2.0-or-later
/* The user half of the pthread probe. It attaches by file and process, as these are seen. */
#include "probes/probe.h"

#include "hook/libpthread.h"
#include "hook/trap.h"
#include "hostprof/uselock.h"
#include "probes/points.h"
#include "pthread.skel.h"
#include "util/clock.h"

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

static enum points_side pthread_side(const struct hook_site *site, bool sessions)
{
	(void)sessions;
	return site->lock.op == HP_USELOCK_UNLOCK ? POINTS_GIVE : POINTS_TAKE;
}

static void pthread_configure(struct probe_run *run, const struct probe_request *request)
{
	struct pthread_probe *skeleton = run->skeleton;
	struct points_setup setup = {
		.programs = {.call = skeleton->progs.hp_pthread_call,
			     .enter = skeleton->progs.hp_pthread_in,
			     .leave = skeleton->progs.hp_pthread_out,
			     .give = skeleton->progs.hp_pthread_give},
		.table = {.map = skeleton->maps.pthread_sites,
			  .file_sites = LIBPTHREAD_MAX_SITES,
			  .sites = HP_USELOCK_SITES,
			  .side = pthread_side},
		.sources = POINTS_SOURCES("pthread"),
	};

	skeleton->rodata->hp_config = request->config;
	skeleton->rodata->hp_pthread_sessions = run->uprobes.session;
	skeleton->rodata->hp_pthread_filter = request->filter_tasks;
	skeleton->rodata->hp_pthread_threads = request->per_thread;
	points_configure(run, &setup);
}

static int pthread_attach(struct probe_run *run, const struct probe_request *request)
{
	struct pthread_probe *skeleton = run->skeleton;
	int err = trap_cost(skeleton->progs.hp_pthread_give, run->uprobes.entry, &run->trap_ns);

	(void)request;
	if (!err)
		err = links_attach(&run->links, skeleton->progs.hp_pthread_exit);
	return err ? err : links_attach(&run->links, skeleton->progs.hp_pthread_exec);
}

/* Shut while probes come and go, and once the window's time is over: its program sees to that. */
static void pthread_window(struct probe_run *run, const struct probe_window *window)
{
	struct pthread_probe *skeleton = run->skeleton;

	skeleton->bss->hp_pthread_shut = 1;
	if (window->shut)
		return;
	points_switch(run, window);
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
	(void)record;
	(void)arg;
	points_hand_over(run);
	return 0;
}

const struct probe probe_pthread = {
	.name = "pthread",
	.wanted = pthread_wanted,
	.open = pthread_open,
	.destroy = pthread_destroy,
	.configure = pthread_configure,
	.attach = pthread_attach,
	.attach_file = points_attach_file,
	.forget_processes = points_forget,
	.window = pthread_window,
	.finish = pthread_finish,
	.done = points_done,
};
