// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The user half of the pthread probe. It attaches by file and process, as these are seen: the sites
 * of file number n are the ones from n * LIBPTHREAD_MAX_SITES on in the program's table.
 */
#include "probes/probe.h"

#include <errno.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "hook/libpthread.h"
#include "hook/trap.h"
#include "hook/uprobe.h"
#include "hostprof/uselock.h"
#include "pthread.skel.h"

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

	run->source = sessions ? "pthread" : "pthread, with every return probed";
	skeleton->rodata->hp_config = request->config;
	skeleton->rodata->hp_pthread_sessions = sessions;
	skeleton->rodata->hp_pthread_filter = request->heap_filter;
	skeleton->rodata->hp_pthread_threads = request->per_thread;
	bpf_program__set_autoload(skeleton->progs.hp_pthread_call, sessions);
	bpf_program__set_autoload(skeleton->progs.hp_pthread_in, !sessions);
	bpf_program__set_autoload(skeleton->progs.hp_pthread_out, !sessions);
	uprobe_prepare(skeleton->progs.hp_pthread_call, UPROBE_SESSION);
	uprobe_prepare(skeleton->progs.hp_pthread_in, UPROBE_ENTRY);
	uprobe_prepare(skeleton->progs.hp_pthread_out, UPROBE_RETURN);
	uprobe_prepare(skeleton->progs.hp_pthread_give, UPROBE_ENTRY);
}

static int pthread_attach(struct probe_run *run, const struct probe_request *request)
{
	struct pthread_probe *skeleton = run->skeleton;
	int err = trap_cost(skeleton->progs.hp_pthread_give, &run->trap_ns);

	(void)request;
	if (!err)
		err = links_attach(&run->links, skeleton->progs.hp_pthread_exit);
	return err ? err : links_attach(&run->links, skeleton->progs.hp_pthread_exec);
}

static int pthread_attach_calls(struct probe_run *run, const struct probe_file *file,
				const struct uprobe_point *points, size_t n)
{
	struct pthread_probe *skeleton = run->skeleton;
	int err;

	if (bpf_program__fd(skeleton->progs.hp_pthread_call) >= 0)
		return uprobe_attach(&run->links, skeleton->progs.hp_pthread_call, UPROBE_SESSION,
				     file->fd, file->tgid, points, n);
	/* Returns first: the entry leaves something for each. */
	err = uprobe_attach(&run->links, skeleton->progs.hp_pthread_out, UPROBE_RETURN, file->fd,
			    file->tgid, points, n);
	return err ? err
		   : uprobe_attach(&run->links, skeleton->progs.hp_pthread_in, UPROBE_ENTRY,
				   file->fd, file->tgid, points, n);
}

static int pthread_attach_file(struct probe_run *run, const struct probe_file *file)
{
	struct pthread_probe *skeleton = run->skeleton;
	struct uprobe_point calls[LIBPTHREAD_MAX_SITES], unlocks[LIBPTHREAD_MAX_SITES];
	int map = bpf_map__fd(skeleton->maps.pthread_sites), err;
	size_t n_calls = 0, n_unlocks = 0, n = file->allocator->sites.n;
	uint32_t first = file->number * LIBPTHREAD_MAX_SITES;

	if (n > LIBPTHREAD_MAX_SITES || first + n > HP_USELOCK_SITES)
		return -ENOSPC;
	for (uint32_t i = 0; i < n; i++) {
		const struct allocator_site *site = &file->allocator->sites.at[i];
		struct uprobe_point point = {.offset = site->offset, .cookie = first + i};
		uint32_t cookie = first + i;

		if (bpf_map_update_elem(map, &cookie, &site->lock, BPF_ANY))
			return -errno;
		if (site->lock.op == HP_USELOCK_UNLOCK)
			unlocks[n_unlocks++] = point;
		else
			calls[n_calls++] = point;
	}
	/* Unlocks first: a lock that is seen to be taken must be seen to be released. */
	err = uprobe_attach(&run->links, skeleton->progs.hp_pthread_give, UPROBE_ENTRY, file->fd,
			    file->tgid, unlocks, n_unlocks);
	return err ? err : pthread_attach_calls(run, file, calls, n_calls);
}

const struct probe probe_pthread = {
	.name = "pthread",
	.wanted = pthread_wanted,
	.open = pthread_open,
	.destroy = pthread_destroy,
	.configure = pthread_configure,
	.attach = pthread_attach,
	.attach_file = pthread_attach_file,
};
