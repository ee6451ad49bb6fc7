/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_CAPTURE_PROBED_KIND_H
#define HOSTPROF_CAPTURE_PROBED_KIND_H
/* In what the kinds differ whose probes go into files: what these have, and how that is said. */
#include <stdbool.h>
#include <stdint.h>
#include "util/buf.h"

struct hook_sites;
struct probe_run;
struct recording_windows;

struct probed_kind {
	uint32_t kind;
	int (*find)(int fd, struct hook_sites *ret_sites);
	const char *prefix, *what, *whats; /* "heap", "allocator" */
	const char *missing;		   /* "malloc" */
	const char *go;			   /* why not */
	void (*say_windows)(const struct recording_windows *w, struct buf *out);
	void (*warn)(const struct probe_run *run, bool host); /* what the probes cost */
};

/* What became of the files and processes that were looked at. */
struct probed_counts {
	uint32_t files, two_traps; /* that have something to probe; of its sites */
	uint32_t processes;	   /* probed */
	uint32_t skipped, go;	   /* not probed: too many; Go programs */
	uint32_t brief;		   /* nor these: they ended soon, as many did */
	uint32_t failed;
	int first_error; /* of those */
};

const struct probed_kind *probed_kind_of(uint32_t kind); /* HP_KIND_HEAP or HP_KIND_LOCK */
void probed_kind_describe(const struct probed_kind *kind, const struct probed_counts *counts,
			  struct buf *to);

#endif
