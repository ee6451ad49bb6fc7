// SPDX-License-Identifier: GPL-2.0-or-later
/* The user half of the heap probe. It attaches by file and process, as these are seen. */
#include "probes/probe.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <sys/random.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "heap.skel.h"
#include "hook/allocator.h"
#include "hook/trap.h"
#include "hook/uprobe.h"
#include "probes/points.h"
#include "util/mem.h"

#define HEAP_SOURCE_RETURNS "malloc, with every return probed"
#define HEAP_SOURCE_EVENTS  "malloc, with every return probed, each probe a perf event"

#define LIVE_BLOCKS	65536	/* 32 GiB at the default interval; 9 MB */
#define LIVE_BLOCKS_ALL 1048576 /* when every allocation is a sample */

static void *heap_open(void)
{
	return heap_probe__open();
}

static void heap_destroy(void *skeleton)
{
	heap_probe__destroy(skeleton);
}

static void heap_configure(struct probe_run *run, const struct probe_request *request)
{
	struct heap_probe *skeleton = run->skeleton;
	bool sessions;

	run->source = "malloc";
	run->period = request->heap_interval;
	skeleton->rodata->hp_config = request->config;
	skeleton->rodata->hp_heap_spacing = request->heap_interval;
	skeleton->rodata->hp_heap_filter = request->filter_tasks;
	bpf_map__set_max_entries(skeleton->maps.heap_live,
				 request->heap_interval < 4096 ? LIVE_BLOCKS_ALL : LIVE_BLOCKS);
	sessions = uprobe_has(UPROBE_SESSION);
	skeleton->rodata->hp_heap_sessions = sessions;
	run->every_return = !sessions;
	bpf_program__set_autoload(skeleton->progs.hp_heap_alloc, sessions);
	bpf_program__set_autoload(skeleton->progs.hp_heap_enter, !sessions);
	bpf_program__set_autoload(skeleton->progs.hp_heap_leave, !sessions);
	if (!sessions)
		run->source = uprobe_has(UPROBE_ENTRY) ? HEAP_SOURCE_RETURNS : HEAP_SOURCE_EVENTS;
	uprobe_prepare(skeleton->progs.hp_heap_alloc, UPROBE_SESSION);
	uprobe_prepare(skeleton->progs.hp_heap_enter, uprobe_best(false));
	uprobe_prepare(skeleton->progs.hp_heap_leave, uprobe_best(true));
	uprobe_prepare(skeleton->progs.hp_heap_free, uprobe_best(false));
}

/* The first sample point of each CPU is as far away as any other. */
static int heap_draw(struct heap_probe *skeleton, uint64_t spacing)
{
	int cpus = libbpf_num_possible_cpus(), err;
	uint32_t zero = 0;
	int64_t *next;

	if (cpus < 0)
		return cpus;
	next = mem_array((size_t)cpus, sizeof(*next));
	for (int i = 0; i < cpus; i++) {
		uint32_t random = 1;

		if (getrandom(&random, sizeof(random), 0) != sizeof(random))
			random = 1u << 31;
		next[i] =
			1 + (int64_t)(-log(((double)random + 1) / 4294967296.0) * (double)spacing);
	}
	err = bpf_map_update_elem(bpf_map__fd(skeleton->maps.heap_next), &zero, next, BPF_ANY)
		      ? -errno
		      : 0;
	free(next);
	return err;
}

/* Without sessions a function that throws is left alone: its return would be probed always. */
static enum points_side heap_side(const struct hook_site *site, bool sessions)
{
	if (site->heap.flags & HP_SITE_FREES)
		return POINTS_GIVE;
	return sessions || !(site->heap.flags & HP_SITE_THROWS) ? POINTS_TAKE : POINTS_NEITHER;
}

static int heap_attach(struct probe_run *run, const struct probe_request *request)
{
	struct heap_probe *skeleton = run->skeleton;
	bool sessions = skeleton->rodata->hp_heap_sessions;
	struct points points = {
		.programs = {.take = sessions ? skeleton->progs.hp_heap_alloc : NULL,
			     .enter = skeleton->progs.hp_heap_enter,
			     .leave = skeleton->progs.hp_heap_leave,
			     .give = skeleton->progs.hp_heap_free,
			     .entry = uprobe_best(false),
			     .leaving = uprobe_best(true)},
		.table = {.map = bpf_map__fd(skeleton->maps.heap_sites),
			  .file_sites = ALLOCATOR_MAX_SITES,
			  .sites = HP_HEAP_SITES,
			  .side = heap_side},
	};
	int err = heap_draw(skeleton, request->heap_interval);

	run->own = mem_alloc(sizeof(points));
	*(struct points *)run->own = points;
	if (!err)
		err = trap_cost(skeleton->progs.hp_heap_free, &run->trap_ns);

	return err ? err : links_attach(&run->links, skeleton->progs.hp_heap_exec);
}

static int heap_attach_file(struct probe_run *run, const struct probe_file *file)
{
	return points_attach(run->own, file);
}

/* Shut while probes come and go: what is looked at has one beginning and one end. */
static void heap_window(struct probe_run *run, const struct probe_window *window)
{
	struct heap_probe *skeleton = run->skeleton;

	skeleton->bss->hp_heap_shut = 1;
	if (window->shut)
		return;
	points_switch(run->own, window);
	if (!window->takes)
		return;
	skeleton->bss->hp_heap_window++;
	skeleton->bss->hp_heap_weight = window->weight - 1;
	skeleton->bss->hp_heap_shut = 0;
}

static int heap_finish(struct probe_run *run, probe_record *record, void *arg)
{
	struct heap_probe *skeleton = run->skeleton;
	int map = bpf_map__fd(skeleton->maps.heap_live);
	struct {
		uint64_t tgid, address;
	} key;
	void *last = NULL;
	struct hp_live live;

	links_done(&run->links);
	points_done(run->own);
	while (!bpf_map_get_next_key(map, last, &key)) {
		if (!bpf_map_lookup_elem(map, &key, &live))
			record(arg, &live, sizeof(live));
		last = &key;
	}
	return 0;
}

static void heap_done(struct probe_run *run)
{
	if (run->own)
		points_done(run->own);
	free(run->own);
}

const struct probe probe_heap = {
	.name = "heap",
	.open = heap_open,
	.destroy = heap_destroy,
	.configure = heap_configure,
	.attach = heap_attach,
	.attach_file = heap_attach_file,
	.window = heap_window,
	.finish = heap_finish,
	.done = heap_done,
};
