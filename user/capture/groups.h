/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_CAPTURE_GROUPS_H
#define HOSTPROF_CAPTURE_GROUPS_H
/*
 * The cgroups that a target names by their paths, each with all that are below it: what the kernel
 * side filters by, and the same question for a process of /proc.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "util/buf.h"
#include "util/vec.h"

struct group {
	const char *name; /* as people gave it; borrowed */
	char *path;	  /* from the root of its tree; NULL: that cannot be seen */
	uint64_t id;	  /* its directory's inode number */
	bool legacy;	  /* in a v1 tree */
};

struct groups {
	VEC(struct group) list;
	char *controller;   /* of the v1 tree they are in; NULL: in none */
	uint32_t subsystem; /* the same for struct hp_config: 1 + enum cgroup_subsys_id, or 0 */
};

/*
 * Adds one: a directory of a tree of cgroups, or a path below the root of one (of cgroup2 rather
 * than of v1). 0, or -errno with a line for people in `why`.
 */
int groups_add(struct groups *groups, const char *name, struct buf *why);
void groups_done(struct groups *groups);

/* Puts them into the map hp_asked. 0 or -errno. */
int groups_apply(const struct groups *groups, int map);
/* Is the process in one of them? At least those for which the kernel side says so. */
bool groups_hold(const struct groups *groups, pid_t pid);

#endif
