/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_PROC_CGROUPS_H
#define HOSTPROF_PROC_CGROUPS_H
/*
 * Where a process is in the trees of cgroups, out of /proc/PID/cgroup: the one cgroup2 tree, and
 * one of the v1 trees, which tell containers apart on hosts that have not moved to cgroup2. Paths
 * are from the root of the tree, "/" for the root itself.
 */
#include <sys/types.h>

struct cgroups {
	char *unified; /* cgroup2; NULL: the kernel has none */
	char *legacy;  /* v1: of pids, else of memory, else of another controller; NULL: none */
};

int cgroups_read(struct cgroups *cgroups, pid_t pid); /* 0; -ENOENT or -ESRCH: it is gone; ... */
/* Its path in one tree, to be freed: that of a v1 controller, or with NULL in cgroup2. NULL: it is
 * gone, or there is no such tree. */
char *cgroups_path(pid_t pid, const char *controller);
int cgroups_parse(struct cgroups *cgroups, const char *text); /* 0, or -ENODATA: no line of use */
void cgroups_done(struct cgroups *cgroups);

/*
 * Leaves a cgroup namespace of our own, so that the paths above are whole: in a container that has
 * the host's pid namespace, with CAP_SYS_ADMIN. 0 or -errno. Before there are threads.
 */
int cgroups_join_host(void);

/*
 * A path in its plain form, to be freed: seen from inside a private cgroup namespace what is
 * outside starts with "/..", as many times as it is further up. NULL for what is no path.
 */
char *cgroup_path_clean(const char *path, size_t n);

#endif
