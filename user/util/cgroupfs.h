/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_UTIL_CGROUPFS_H
#define HOSTPROF_UTIL_CGROUPFS_H
/*
 * The trees of cgroups as they are mounted: the one cgroup2 tree and, on hosts that still have
 * them, v1's, one for each set of controllers. They are looked for by type, since hybrid hosts have
 * cgroup2 elsewhere. Only mounts of a whole tree count: a container sees a part of one. Where none
 * is mounted here, as in a container, those of the host's first process are taken.
 */
#include <stdbool.h>
#include <stddef.h>
#include "util/buf.h"
#include "util/vec.h"

struct cgroup_tree {
	char *point;	   /* where, for this process to open */
	char *controllers; /* of v1: "rw,cpu,cpuacct", "rw,xattr,name=systemd"; NULL: cgroup2 */
};

struct cgroup_trees {
	VEC(struct cgroup_tree) list; /* cgroup2 first, then as they were mounted */
};

void cgroup_trees_find(struct cgroup_trees *trees); /* none: an empty list */
void cgroup_trees_done(struct cgroup_trees *trees);

/* The tree that has this controller ("memory") or, with NULL, cgroup2; NULL: none is mounted. */
const struct cgroup_tree *cgroup_trees_with(const struct cgroup_trees *trees,
					    const char *controller);
/* Is `word` one of its controllers? Never of cgroup2. */
bool cgroup_tree_has(const struct cgroup_tree *tree, const char *word);

/* A file of a cgroup, by the cgroup's path below the tree's root: adds it to `out`. 0 or -errno. */
int cgroup_tree_read(const struct cgroup_tree *tree, const char *cgroup, const char *file,
		     size_t limit, struct buf *out);

#endif
