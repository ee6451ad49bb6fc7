/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_PROBES_POINTS_H
#define HOSTPROF_PROBES_POINTS_H
/*
 * What a probe on files attaches to: the points of each file in each process, on two sides, so that
 * either can be taken away and put back. Functions that take something (memory, a lock) are looked
 * at when they are entered and when they return; those that give it back at their entry only. A
 * probe says what it is made of when it is configured; from then on its run->own is the points'.
 * They own the attachments; the files' descriptors are the caller's, and stay open.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bpf_map;
struct bpf_program;
struct hook_site;
struct probe_file;
struct probe_run;
struct probe_window;

enum points_side { POINTS_NEITHER, POINTS_TAKE, POINTS_GIVE };

/* Those that the kernel has no use for are not loaded. */
struct points_programs {
	struct bpf_program *call;	   /* of a session, or, where there are none, */
	struct bpf_program *enter, *leave; /* these two; all of them take */
	struct bpf_program *give;
};

/* The programs' table of sites: those of file number n are the ones from n * file_sites on. */
struct points_table {
	const struct bpf_map *map;
	uint32_t file_sites, sites; /* room: of a file, in all */
	enum points_side (*side)(const struct hook_site *site, bool sessions);
};

/* The run's source: with sessions, without, and without even uprobe_multi. Static. */
struct points_sources {
	const char *sessions, *returns, *events;
};

#define POINTS_SOURCES(name)                                                                       \
	{                                                                                          \
		name, name ", with every return probed",                                           \
			name ", with every return probed, each probe a perf event"                 \
	}

struct points_setup {
	struct points_programs programs;
	struct points_table table;
	struct points_sources sources;
};

/* Before loading. Sets the run's source, every_return and own. */
void points_configure(struct probe_run *run, const struct points_setup *setup);
/* Attaches what is to be attached now; -ENOSPC: the table has no room for it. 0 or -errno. */
int points_attach_file(struct probe_run *run, const struct probe_file *file);
/* These processes have ended: what is attached to them is taken away, in the background. To be
 * called now and then, also of none: what ended while others were taken away comes next. */
void points_forget(struct probe_run *run, const uint32_t *tgids, size_t n);
/* As the window wants it, of all targets. Those that are gone are forgotten. */
void points_switch(struct probe_run *run, const struct probe_window *window);
/* The end: they become the run's links. */
void points_hand_over(struct probe_run *run);
void points_done(struct probe_run *run);

#endif
