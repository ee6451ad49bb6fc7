/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_PROC_THROTTLE_H
#define HOSTPROF_PROC_THROTTLE_H
/*
 * How long a cgroup had used up its CPU quota, from its cpu.stat: in the cgroup2 tree, or where v1
 * has the cpu controller. Its threads wait in the run queue meanwhile.
 */
#include <stdint.h>

struct cgroup_trees;

struct throttle {
	uint64_t ns, times; /* since the cgroup was made */
};

/* `cgroup`: the path below the tree's root. 0; -ENOENT: no tree has a cpu.stat there; -errno. */
int throttle_read(const struct cgroup_trees *trees, const char *cgroup,
		  struct throttle *ret_throttle);

/* The numbers in the text of a cpu.stat; those that are not there are 0. */
void throttle_parse(const char *text, struct throttle *ret_throttle);

#endif
