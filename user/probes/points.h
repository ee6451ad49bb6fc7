/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_PROBES_POINTS_H
#define HOSTPROF_PROBES_POINTS_H
/*
 * What a probe on files attaches to: the points of each file in each process, on two sides, so that
 * either can be taken away and put back. Functions that take something (memory, a lock) are looked
 * at when they are entered and when they return; those that give it back at their entry only. Owns
 * the attachments; the files' descriptors are the caller's, and stay open.
 */
#include <stdbool.h>
#include <stdint.h>
#include "hook/links.h"
#include "hook/uprobe.h"

struct bpf_program;
struct hook_site;
struct probe_file;
struct probe_window;

enum points_side { POINTS_NEITHER, POINTS_TAKE, POINTS_GIVE };

struct points_programs {
	const struct bpf_program *take; /* of a session; NULL: the next two */
	const struct bpf_program *enter, *leave;
	const struct bpf_program *give;
	enum uprobe_type entry, leaving; /* of all but the session */
};

/* The programs' table of sites: those of file number n are the ones from n * file_sites on. */
struct points_table {
	int map;
	uint32_t file_sites, sites; /* room: of a file, in all */
	enum points_side (*side)(const struct hook_site *site, bool sessions);
};

/* A file in a process. */
struct points_target {
	uint32_t tgid;
	int fd;
	VEC(struct uprobe_point) takes, gives;
};

struct points {
	struct points_programs programs;
	struct points_table table;
	VEC(struct points_target) targets;
	struct links takes, gives;
	bool takes_off, gives_off;
};

void points_done(struct points *points);
/* Attaches what is to be attached now; -ENOSPC: the table has no room for it. 0 or -errno. */
int points_attach(struct points *points, const struct probe_file *file);
/* As the window wants it, of all targets. Those that are gone are forgotten. */
void points_switch(struct points *points, const struct probe_window *window);

#endif
