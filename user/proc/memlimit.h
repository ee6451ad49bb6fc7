/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_PROC_MEMLIMIT_H
#define HOSTPROF_PROC_MEMLIMIT_H
/*
 * How much memory a cgroup has and may have, in bytes: its own limit or one above it, whichever is
 * lower; in the cgroup2 tree, or where v1 has the memory controller.
 */
#include <stdint.h>

struct cgroup_trees;

struct memlimit {
	uint64_t limit; /* 0: none */
	uint64_t used;	/* what the limit is compared with: with its share of the page cache */
};

/* `cgroup`: the path below the root of its tree. 0; -ENOENT: no tree says anything of it; -errno.
 */
int memlimit_read(const struct cgroup_trees *trees, const char *cgroup,
		  struct memlimit *ret_memlimit);

/* The number in memory.max or its twin of v1; 0 for one that limits nothing. */
uint64_t memlimit_parse(const char *text);

#endif
