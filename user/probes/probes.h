/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_PROBES_PROBES_H
#define HOSTPROF_PROBES_PROBES_H
/*
 * All probes of one recording. Three steps, so that the caller can fill the shared maps (targets)
 * before the first program runs, and take in what the preparation found. A probe that fails is
 * reported and the others go on: one missing hook sinks one probe, not the tool.
 */
#include "probes/probe.h"
#include "util/vec.h"

struct probes {
	VEC(struct probe_run) runs; /* those that are loaded */
};

/* What went wrong with one probe. */
struct probe_failure {
	const struct probe *probe;
	const char *step; /* "load", "attach": static */
	int err;
};
struct probe_failures {
	VEC(struct probe_failure) list;
};

void probes_load(struct probes *probes, const struct probe_request *request,
		 struct probe_failures *failures);
void probes_prepare(struct probes *probes, const struct probe_request *request,
		    struct probe_failures *failures);
void probes_attach(struct probes *probes, const struct probe_request *request,
		   struct probe_failures *failures);

/* A shared map ("hp_events") of the loaded probes: its descriptor, or -ENOENT. */
int probes_map(const struct probes *probes, const char *name);
/* The loaded probe that feeds a kind, or NULL. */
const struct probe_run *probes_of_kind(const struct probes *probes, uint32_t kind);

/* The one of them that is attached to files, or NULL. */
const struct probe_run *probes_of_files(const struct probes *probes, uint32_t kind);

/* Tells the probes of a file. 0, or the first -errno. */
int probes_attach_file(struct probes *probes, const struct probe_file *file);
/* These processes have ended, and have no such files any more. To be called of none, too: see
 * points_forget(). */
void probes_forget_processes(struct probes *probes, uint32_t kind, const uint32_t *tgids, size_t n);

/* Attaches and detaches probes of a kind's: see struct probe_window. */
void probes_window(struct probes *probes, uint32_t kind, const struct probe_window *window);

/* The end: what the probes have kept until now goes to `record`. 0, or the first -errno. */
int probes_finish(struct probes *probes, probe_record *record, void *arg);
void probes_stop(struct probes *probes); /* no program runs after it; counts stay readable */
uint64_t probes_event_count(const struct probes *probes); /* of all perf events */
void probes_cost(const struct probes *probes, uint64_t *ret_ns, uint64_t *ret_runs);
/* The same of the one that probes files for a kind alone. */
void probes_cost_of_files(const struct probes *probes, uint32_t kind, uint64_t *ret_ns,
			  uint64_t *ret_runs);
void probes_done(struct probes *probes);

#endif
