// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The user half of the klock probe. What has been waited for is in hp_locks; here only the waits
 * that have not ended, and the samples that the CPUs have not sent.
 */
#include "probes/probe.h"

#include <errno.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "hook/iter.h"
#include "klock.skel.h"
#include "util/clock.h"
#include "util/mem.h"

static void *klock_open(void)
{
	return klock_probe__open();
}

static void klock_destroy(void *skeleton)
{
	klock_probe__destroy(skeleton);
}

static void klock_configure(struct probe_run *run, const struct probe_request *request)
{
	struct klock_probe *skeleton = run->skeleton;

	run->source = "contention_begin";
	skeleton->rodata->hp_config = request->config;
}

/* The end first: a wait whose end is not seen would be taken for one that goes on. */
static int klock_attach(struct probe_run *run, const struct probe_request *request)
{
	struct klock_probe *skeleton = run->skeleton;
	int err = links_attach(&run->links, skeleton->progs.hp_klock_end);

	(void)request;
	return err ? err : links_attach(&run->links, skeleton->progs.hp_klock_begin);
}

/* struct klock_record, whose layout the skeleton does not tell. */
struct record {
	uint64_t state;
	struct hp_lock_wait lock;
};

#define RECORD_DONE 2u

static int send_records(const struct bpf_map *map, probe_record *record, void *arg)
{
	int cpus = libbpf_num_possible_cpus(), err = 0;
	struct record *records;

	if (cpus < 0)
		return cpus;
	if (bpf_map__value_size(map) != sizeof(*records))
		return -EPROTO;
	records = mem_array((size_t)cpus, sizeof(*records));
	for (uint32_t slot = 0; !err && slot < bpf_map__max_entries(map); slot++) {
		err = bpf_map_lookup_elem(bpf_map__fd(map), &slot, records) ? -errno : 0;
		for (int cpu = 0; !err && cpu < cpus; cpu++)
			if (records[cpu].state == RECORD_DONE)
				record(arg, &records[cpu].lock, sizeof(records[cpu].lock));
	}
	free(records);
	return err;
}

/* Detached before, so that nothing changes meanwhile. */
static int klock_finish(struct probe_run *run, probe_record *record, void *arg)
{
	struct klock_probe *skeleton = run->skeleton;
	int err, err_records;

	skeleton->bss->hp_klock_until = clock_mono_ns();
	links_done(&run->links);
	err = iter_run(skeleton->progs.hp_klock_open, 0, NULL, NULL);
	err_records = send_records(skeleton->maps.klock_records, record, arg);
	return err ? err : err_records;
}

const struct probe probe_klock = {
	.name = "klock",
	.open = klock_open,
	.destroy = klock_destroy,
	.configure = klock_configure,
	.attach = klock_attach,
	.finish = klock_finish,
};
