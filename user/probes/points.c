// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/points.h"

#include <errno.h>
#include <stdlib.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "hook/links.h"
#include "hook/sites.h"
#include "hook/uprobe.h"
#include "probes/probe.h"
#include "util/mem.h"
#include "util/vec.h"

/* A file in a process. */
struct points_target {
	uint32_t tgid;
	int fd;
	VEC(struct uprobe_point) takes, gives;
	struct links takes_on, gives_on; /* attached now */
};

struct points {
	struct points_programs programs;
	struct points_table table;
	struct uprobe_types types;
	VEC(struct points_target) targets;
	struct links_closer ended; /* of processes */
	bool takes_off, gives_off;
};

void points_configure(struct probe_run *run, const struct points_setup *setup)
{
	const struct points_programs *programs = &setup->programs;
	const struct points_sources *sources = &setup->sources;
	const struct uprobe_types *types = &run->uprobes;
	struct points *points = run->own = mem_zalloc(sizeof(*points));

	points->programs = *programs;
	points->table = setup->table;
	points->types = *types;
	run->every_return = !types->session;
	run->source = sources->sessions;
	if (!types->session)
		run->source = types->entry == UPROBE_ENTRY ? sources->returns : sources->events;
	bpf_program__set_autoload(programs->call, types->session);
	bpf_program__set_autoload(programs->enter, !types->session);
	bpf_program__set_autoload(programs->leave, !types->session);
	uprobe_prepare(programs->call, UPROBE_SESSION);
	uprobe_prepare(programs->enter, types->entry);
	uprobe_prepare(programs->leave, types->leave);
	uprobe_prepare(programs->give, types->entry);
}

static void target_done(struct points_target *target)
{
	vec_done(&target->takes);
	vec_done(&target->gives);
	links_done(&target->takes_on);
	links_done(&target->gives_on);
}

static void collect_takes(struct points *points, struct links *to)
{
	struct points_target *target;

	vec_each(target, &points->targets)
		links_move(to, &target->takes_on);
}

static void collect_gives(struct points *points, struct links *to)
{
	struct points_target *target;

	vec_each(target, &points->targets)
		links_move(to, &target->gives_on);
}

/* Those of processes that have ended, too. */
static void collect_all(struct points *points, struct links *to)
{
	collect_takes(points, to);
	collect_gives(points, to);
	links_closer_end(&points->ended, to);
}

void points_hand_over(struct probe_run *run)
{
	collect_all(run->own, &run->links);
}

void points_done(struct probe_run *run)
{
	struct points *points = run->own;
	struct points_target *target;
	struct links links = {0};

	if (!points)
		return;
	collect_all(points, &links);
	links_done(&links);
	vec_each(target, &points->targets)
		target_done(target);
	vec_done(&points->targets);
	free(points);
}

static int attach_takes(struct points *points, struct points_target *t)
{
	const struct points_programs *programs = &points->programs;
	struct links *links = &t->takes_on;
	int err;

	if (points->takes_off || !t->takes.n)
		return 0;
	if (points->types.session)
		return uprobe_attach(links, programs->call, UPROBE_SESSION, t->fd, t->tgid,
				     t->takes.at, t->takes.n);
	/* Returns first: the entry leaves something for each that it chooses. */
	err = uprobe_attach(links, programs->leave, points->types.leave, t->fd, t->tgid,
			    t->takes.at, t->takes.n);
	return err ? err
		   : uprobe_attach(links, programs->enter, points->types.entry, t->fd, t->tgid,
				   t->takes.at, t->takes.n);
}

static int attach_gives(struct points *points, struct points_target *t)
{
	return points->gives_off || !t->gives.n
		       ? 0
		       : uprobe_attach(&t->gives_on, points->programs.give, points->types.entry,
				       t->fd, t->tgid, t->gives.at, t->gives.n);
}

/* Takes the target over. */
static int add(struct points *points, struct points_target *target)
{
	/* Gives first: what is seen to be taken must be seen to be given back. */
	int err = attach_gives(points, target);

	if (!err)
		err = attach_takes(points, target);
	if (err)
		target_done(target);
	else
		vec_push(&points->targets, *target);
	return err;
}

int points_attach_file(struct probe_run *run, const struct probe_file *file)
{
	struct points *points = run->own;
	const struct points_table *table = &points->table;
	struct points_target target = {.tgid = file->tgid, .fd = file->fd};
	uint32_t cookie = file->number * table->file_sites;
	size_t n = file->sites->list.n;
	int map = bpf_map__fd(table->map);
	const struct hook_site *site;

	if (n > table->file_sites || cookie + n > table->sites)
		return -ENOSPC;
	vec_each(site, &file->sites->list) {
		enum points_side side = table->side(site, points->types.session);
		struct uprobe_point point = {.offset = site->offset, .cookie = cookie};

		/* All that a site can be begins there. */
		if (bpf_map_update_elem(map, &cookie, &site->heap, BPF_ANY)) {
			int err = -errno;

			target_done(&target);
			return err;
		}
		if (side == POINTS_TAKE)
			vec_push(&target.takes, point);
		else if (side == POINTS_GIVE)
			vec_push(&target.gives, point);
		cookie++;
	}
	return add(points, &target);
}

static void each(struct points *points, const struct probe_window *window,
		 int (*attach)(struct points *points, struct points_target *target))
{
	size_t kept = 0;

	for (size_t i = 0; i < points->targets.n; i++) {
		struct points_target *target = &points->targets.at[i];

		if (attach(points, target))
			target_done(target);
		else
			points->targets.at[kept++] = *target;
		window->between(window->arg);
	}
	points->targets.n = kept;
}

static bool is_among(uint32_t tgid, const uint32_t *tgids, size_t n)
{
	while (n)
		if (tgids[--n] == tgid)
			return true;
	return false;
}

void points_forget(struct probe_run *run, const uint32_t *tgids, size_t n)
{
	struct points *points = run->own;
	struct links ended = {0};
	size_t kept = 0;

	for (size_t i = 0; i < points->targets.n; i++) {
		struct points_target *target = &points->targets.at[i];

		if (!is_among(target->tgid, tgids, n)) {
			points->targets.at[kept++] = *target;
			continue;
		}
		links_move(&ended, &target->takes_on);
		links_move(&ended, &target->gives_on);
		target_done(target);
	}
	points->targets.n = kept;
	links_closer_give(&points->ended, &ended);
}

void points_switch(struct probe_run *run, const struct probe_window *window)
{
	struct points *points = run->own;
	bool more_gives = window->gives && points->gives_off;
	bool more_takes = window->takes && points->takes_off;
	struct links links = {0};

	points->gives_off = !window->gives;
	points->takes_off = !window->takes;
	if (!window->takes)
		collect_takes(points, &links);
	links_close(&links, window->between, window->arg);
	if (!window->gives)
		collect_gives(points, &links);
	links_close(&links, window->between, window->arg);
	if (more_gives)
		each(points, window, attach_gives);
	if (more_takes)
		each(points, window, attach_takes);
}
