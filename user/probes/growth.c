// SPDX-License-Identifier: GPL-2.0-or-later
/* The user half of the growth probe: at the end, what the processes that live were given. */
#include "probes/probe.h"

#include <errno.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "growth.skel.h"
#include "util/mem.h"

static void *growth_open(void)
{
	return growth_probe__open();
}

static void growth_destroy(void *skeleton)
{
	growth_probe__destroy(skeleton);
}

static void growth_configure(struct probe_run *run, const struct probe_request *request)
{
	struct growth_probe *skeleton = run->skeleton;

	run->source = "mm_page_alloc";
	run->period = HP_GROWTH_SPACING;
	skeleton->rodata->hp_config = request->config;
}

static int growth_attach(struct probe_run *run, const struct probe_request *request)
{
	struct growth_probe *skeleton = run->skeleton;
	int err = links_attach(&run->links, skeleton->progs.hp_growth_exit);

	(void)request;
	return err ? err : links_attach(&run->links, skeleton->progs.hp_growth_page);
}

/* What is still with the CPUs: struct growth_batch, whose layout the skeleton does not tell. */
struct batch {
	uint64_t start, tgid;
	uint64_t pages, times;
	int64_t next;
	uint64_t spacing, sampled;
	uint32_t tid, wanted, cgroup, known;
	uint64_t task;
	char comm[HP_COMM_LEN];
};

static int growth_batches(struct growth_probe *skeleton, probe_record *record, void *arg)
{
	int map = bpf_map__fd(skeleton->maps.growth_batches), cpus = libbpf_num_possible_cpus();
	struct batch *batches;
	uint32_t zero = 0;
	int err;

	if (cpus < 0)
		return cpus;
	if (bpf_map__value_size(skeleton->maps.growth_batches) != sizeof(*batches))
		return -EPROTO;
	batches = mem_array((size_t)cpus, sizeof(*batches));
	err = bpf_map_lookup_elem(map, &zero, batches) ? -errno : 0;
	for (int i = 0; !err && i < cpus; i++) {
		struct hp_grown grown = {
			.type = HP_EVENT_GROWN,
			.stale = 1,
			.tgid = (uint32_t)batches[i].tgid,
			.start = batches[i].start,
			.pages = batches[i].pages,
			.times = batches[i].times,
			.cgroup = batches[i].cgroup,
		};

		memcpy(grown.comm, batches[i].comm, sizeof(grown.comm));
		if (grown.tgid && grown.pages)
			record(arg, &grown, sizeof(grown));
	}
	free(batches);
	return err;
}

/* Detached before, so that nothing changes meanwhile. */
static int growth_finish(struct probe_run *run, probe_record *record, void *arg)
{
	struct growth_probe *skeleton = run->skeleton;
	int map = bpf_map__fd(skeleton->maps.growth_of);
	struct {
		uint64_t start, tgid;
	} key;
	void *last = NULL;
	struct hp_grown grown;
	uint32_t zero = 0;

	links_done(&run->links);
	while (!bpf_map_get_next_key(map, last, &key)) {
		if (!bpf_map_lookup_elem(map, &key, &grown))
			record(arg, &grown, sizeof(grown));
		last = &key;
	}
	if (!bpf_map_lookup_elem(bpf_map__fd(skeleton->maps.growth_rest), &zero, &grown) &&
	    grown.pages) {
		grown.type = HP_EVENT_GROWN;
		record(arg, &grown, sizeof(grown));
	}
	return growth_batches(skeleton, record, arg);
}

const struct probe probe_growth = {
	.name = "growth",
	.open = growth_open,
	.destroy = growth_destroy,
	.configure = growth_configure,
	.attach = growth_attach,
	.finish = growth_finish,
};
