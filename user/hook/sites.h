/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_HOOK_SITES_H
#define HOSTPROF_HOOK_SITES_H
/*
 * What there is to probe in a binary: the sites that hook/allocator.h has found in it, or those of
 * hook/libpthread.h. A site is one instruction of one function (hook/site.h picks it), with what a
 * program that runs there has to know. Zero-initialised is none; who has found them frees them.
 */
#include <stdbool.h>
#include <stdint.h>
#include "hostprof/memory.h"
#include "hostprof/uselock.h"
#include "util/vec.h"

#define SITES_MAX_NAME 48
#define SITES_MAX_PATH 256

struct hook_site {
	uint64_t offset; /* of the probed instruction in the file */
	union {		 /* by what was looked for */
		struct hp_site heap;
		struct hp_uselock_site lock;
	};
	bool one_trap;		   /* else each call costs two */
	char name[SITES_MAX_NAME]; /* of the function: "malloc" */
};

struct hook_sites {
	char interpreter[SITES_MAX_PATH]; /* the program's, which may be the C library; or "" */
	bool is_go; /* a Go program: has no use for them, and return probes break it */
	VEC(struct hook_site) list; /* none: nothing to probe in it */
};

void hook_sites_done(struct hook_sites *sites);

#endif
