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
#include "probes/points.h"
#include "util/mem.h"

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

/* Without sessions a function that throws is left alone: its return would be probed always. */
static enum points_side heap_side(const struct hook_site *site, bool sessions)
{
	if (site->heap.flags & HP_SITE_FREES)
		return POINTS_GIVE;
	return sessions || !(site->heap.flags & HP_SITE_THROWS) ? POINTS_TAKE : POINTS_NEITHER;
}

static void heap_configure(struct probe_run *run, const struct probe_request *request)
{
	struct heap_probe *skeleton = run->skeleton;
	struct points_setup setup = {
		.programs = {.call = skeleton->progs.hp_heap_alloc,
			     .enter = skeleton->progs.hp_heap_enter,
			     .leave = skeleton->progs.hp_heap_leave,
			     .give = skeleton->progs.hp_heap_free},
		.table = {.map = skeleton->maps.heap_sites,
			  .file_sites = ALLOCATOR_MAX_SITES,
			  .sites = HP_HEAP_SITES,
			  .side = heap_side},
		.sources = POINTS_SOURCES("malloc"),
	};

	run->period = request->heap_interval;
	skeleton->rodata->hp_config = request->config;
	skeleton->rodata->hp_heap_sessions = run->uprobes.session;
	skeleton->rodata->hp_heap_spacing = request->heap_interval;
	skeleton->rodata->hp_heap_filter = request->filter_tasks;
	bpf_map__set_max_entries(skeleton->maps.heap_live,
				 request->heap_interval < 4096 ? LIVE_BLOCKS_ALL : LIVE_BLOCKS);
	points_configure(run, &setup);
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

static int heap_attach(struct probe_run *run, const struct probe_request *request)
{
	struct heap_probe *skeleton = run->skeleton;
	int err = heap_draw(skeleton, request->heap_interval);

	if (!err)
		err = trap_cost(skeleton->progs.hp_heap_free, run->uprobes.entry, &run->trap_ns);
	return err ? err : links_attach(&run->links, skeleton->progs.hp_heap_exec);
}

/* Shut while probes come and go: what is looked at has one beginning and one end. */
static void heap_window(struct probe_run *run, const struct probe_window *window)
{
	struct heap_probe *skeleton = run->skeleton;

	skeleton->bss->hp_heap_shut = 1;
	if (window->shut)
		return;
	points_switch(run, window);
	if (!window->takes)
		return;
	skeleton->bss->hp_heap_window++;
	skeleton->bss->hp_heap_weight = window->weight - 1;
	skeleton->bss->hp_heap_shut = 0;
}

/* Its probes are taken away with the others, when the end has its time: in all processes of a host
 * that takes seconds. */
static int heap_finish(struct probe_run *run, probe_record *record, void *arg)
{
	struct heap_probe *skeleton = run->skeleton;
	int map = bpf_map__fd(skeleton->maps.heap_live);
	struct {
		uint64_t tgid, address;
	} key;
	void *last = NULL;
	struct hp_live live;

	skeleton->bss->hp_heap_shut = 1;
	skeleton->bss->hp_heap_ended = 1;
	links_done(&run->links);
	links_wait();
	while (!bpf_map_get_next_key(map, last, &key)) {
		if (!bpf_map_lookup_elem(map, &key, &live))
			record(arg, &live, sizeof(live));
		last = &key;
	}
	points_hand_over(run);
	return 0;
}

const struct probe probe_heap = {
	.name = "heap",
	.open = heap_open,
	.destroy = heap_destroy,
	.configure = heap_configure,
	.attach = heap_attach,
	.attach_file = points_attach_file,
	.forget_processes = points_forget,
	.window = heap_window,
	.finish = heap_finish,
	.done = points_done,
};
