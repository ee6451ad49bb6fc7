// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/heap_points.h"

#include <errno.h>

#include <bpf/bpf.h>

#include "hook/sites.h"
#include "probes/probe.h"

static void target_done(struct heap_target *target)
{
	vec_done(&target->allocs);
	vec_done(&target->frees);
}

void heap_points_done(struct heap_points *points)
{
	struct heap_target *target;

	links_done(&points->allocs);
	links_done(&points->frees);
	vec_each(target, &points->targets)
		target_done(target);
	vec_done(&points->targets);
}

static int attach_allocs(struct heap_points *points, const struct heap_target *t)
{
	const struct heap_programs *programs = &points->programs;
	struct links *links = &points->allocs;
	int err;

	if (points->allocs_off || !t->allocs.n)
		return 0;
	if (programs->alloc)
		return uprobe_attach(links, programs->alloc, UPROBE_SESSION, t->fd, t->tgid,
				     t->allocs.at, t->allocs.n);
	/* Returns first: the entry leaves something for each that it chooses. */
	err = uprobe_attach(links, programs->leave, programs->leaving, t->fd, t->tgid, t->allocs.at,
			    t->allocs.n);
	return err ? err
		   : uprobe_attach(links, programs->enter, programs->entry, t->fd, t->tgid,
				   t->allocs.at, t->allocs.n);
}

static int attach_frees(struct heap_points *points, const struct heap_target *t)
{
	return points->frees_off || !t->frees.n
		       ? 0
		       : uprobe_attach(&points->frees, points->programs.free,
				       points->programs.entry, t->fd, t->tgid, t->frees.at,
				       t->frees.n);
}

/* Takes the target over. */
static int add(struct heap_points *points, struct heap_target *target)
{
	/* Frees first: a block that is seen to come must be seen to go. */
	int err = attach_frees(points, target);

	if (!err)
		err = attach_allocs(points, target);
	if (err)
		target_done(target);
	else
		vec_push(&points->targets, *target);
	return err;
}

int heap_points_attach(struct heap_points *points, const struct probe_file *file)
{
	const struct heap_table *table = &points->table;
	struct heap_target target = {.tgid = file->tgid, .fd = file->fd};
	uint32_t cookie = file->number * table->file_sites;
	size_t n = file->sites->list.n;
	const struct hook_site *site;

	if (n > table->file_sites || cookie + n > table->sites)
		return -ENOSPC;
	vec_each(site, &file->sites->list) {
		enum heap_side side = table->side(site, points->programs.alloc != NULL);
		struct uprobe_point point = {.offset = site->offset, .cookie = cookie};

		/* All that a site can be begins there. */
		if (bpf_map_update_elem(table->map, &cookie, &site->heap, BPF_ANY)) {
			int err = -errno;

			target_done(&target);
			return err;
		}
		if (side == HEAP_ALLOC)
			vec_push(&target.allocs, point);
		else if (side == HEAP_FREE)
			vec_push(&target.frees, point);
		cookie++;
	}
	return add(points, &target);
}

static void each(struct heap_points *points, const struct probe_window *window,
		 int (*attach)(struct heap_points *points, const struct heap_target *target))
{
	size_t kept = 0;

	for (size_t i = 0; i < points->targets.n; i++) {
		struct heap_target *target = &points->targets.at[i];

		if (attach(points, target))
			target_done(target);
		else
			points->targets.at[kept++] = *target;
		window->between(window->arg);
	}
	points->targets.n = kept;
}

void heap_points_switch(struct heap_points *points, const struct probe_window *window)
{
	bool more_frees = window->frees && points->frees_off;
	bool more_allocs = window->allocs && points->allocs_off;

	points->frees_off = !window->frees;
	points->allocs_off = !window->allocs;
	if (!window->allocs)
		links_close(&points->allocs, window->between, window->arg);
	if (!window->frees)
		links_close(&points->frees, window->between, window->arg);
	if (more_frees)
		each(points, window, attach_frees);
	if (more_allocs)
		each(points, window, attach_allocs);
}
