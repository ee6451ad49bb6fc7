/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_PROBES_HEAP_POINTS_H
#define HOSTPROF_PROBES_HEAP_POINTS_H
/*
 * What the heap probe attaches to: the points of each file in each process, those that allocate and
 * those that free apart, so that either can be taken away and put back. Owns the attachments; the
 * files' descriptors are the caller's, and stay open.
 */
#include <stdbool.h>
#include <stdint.h>
#include "hook/links.h"
#include "hook/uprobe.h"

struct hook_site;
struct bpf_program;
struct probe_file;
struct probe_window;

/* Which of the two a site is with. */
enum heap_side { HEAP_NEITHER, HEAP_ALLOC, HEAP_FREE };

/* The program's table of sites: those of file number n are the ones from n * file_sites on. */
struct heap_table {
	int map;
	uint32_t file_sites, sites; /* room: of a file, in all */
	enum heap_side (*side)(const struct hook_site *site, bool sessions);
};

struct heap_programs {
	const struct bpf_program *alloc; /* of a session; NULL: the next two */
	const struct bpf_program *enter, *leave;
	const struct bpf_program *free;
	enum uprobe_type entry, leaving; /* of all but the session */
};

struct heap_target {
	uint32_t tgid;
	int fd;
	VEC(struct uprobe_point) allocs, frees;
};

struct heap_points {
	struct heap_programs programs;
	struct heap_table table;
	VEC(struct heap_target) targets;
	struct links allocs, frees;
	bool allocs_off, frees_off;
};

void heap_points_done(struct heap_points *points);
/* Attaches what is to be attached now; -ENOSPC: the table has no room for it. 0 or -errno. */
int heap_points_attach(struct heap_points *points, const struct probe_file *file);
/* As the window wants it, of all targets. Those that are gone are forgotten. */
void heap_points_switch(struct heap_points *points, const struct probe_window *window);

#endif
