/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_PROC_OPEN_H
#define HOSTPROF_PROC_OPEN_H
/*
 * Opening files that a process, perhaps a hostile one in a container, has named. In two steps: a
 * handle (O_PATH) that neither waits nor runs a driver, then, once the handle is known to be a
 * regular file that no process serves, a descriptor for reading.
 *
 * FUSE is refused: its server could let the read wait for ever. Leases are not waited for.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct open_info { /* of a handle */
	uint64_t inode, size;
	uint32_t links;
	int mount_id; /* -1: not told (before Linux 5.8) */
	int err;      /* 0; -EINVAL: not a regular file; -ENOTSUP: on FUSE */
};

/* A handle on what /proc/TGID/map_files/START-END names. -errno. */
int open_mapped(pid_t tgid, uint64_t start, uint64_t end);

/* A directory handle on the root of a process's file tree; of ours for 0. -errno. */
int open_root(pid_t tgid);

/*
 * A handle on a path below `root`: symbolic links and ".." stay inside it, and magic links of
 * /proc are refused. With no_links all symbolic links are refused: for paths from the kernel.
 */
int open_below(int root, const char *path, bool no_links);

/*
 * What a handle is. `tgid`'s mounts and ours tell whether it is on FUSE without asking its server;
 * 0 for no other process than this one. -errno when nothing could be learnt.
 */
int open_inspect(int handle, pid_t tgid, struct open_info *ret_info);

/* A descriptor for reading (O_RDONLY, non-blocking, close-on-exec). -errno. */
int open_for_reading(int handle);

/*
 * Both steps: a descriptor for reading of what a handle is on, if open_inspect() finds nothing
 * against it. Takes the handle over; where that is an -errno it is the answer.
 */
int open_inspected(int handle, pid_t tgid);

/* For people, why something above failed. Valid until the next call of strerror(). */
const char *open_why(int err);

/* The path of a descriptor in a fresh string, or NULL. */
char *open_path(int fd);

#endif
