/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_UTIL_MOUNTINFO_H
#define HOSTPROF_UTIL_MOUNTINFO_H
/*
 * The mounts of a process, out of /proc/PID/mountinfo: which file system is where, as that process
 * sees it. Devices are those of the superblock, which on btrfs is not what stat() shows.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "util/vec.h"

#define MOUNTINFO_MAX_BYTES (4u << 20)

struct mount {
	int id;
	uint32_t dev_major, dev_minor;
	char *root;  /* the directory of the file system that is mounted: "/" for all of it */
	char *point; /* where, below the process's root */
	char *type;  /* "ext4", "fuse.sshfs" */
	char *super; /* options of the file system, not of the mount: "rw,cpu,cpuacct"; or "" */
};

struct mountinfo {
	VEC(struct mount) mounts; /* in the kernel's order: later ones may hide earlier ones */
};

/* "/proc/self/mountinfo", "/proc/77/mountinfo". 0 or -errno; lines that make no sense are left. */
int mountinfo_read(struct mountinfo *m, const char *path);
int mountinfo_parse(struct mountinfo *m, const char *text);
void mountinfo_done(struct mountinfo *m);

/* NULL when it is not there: a mount of another namespace, or one of the kernel's own (memfd). */
const struct mount *mountinfo_find(const struct mountinfo *m, int id);

/*
 * Files of such a file system are served by a process, which can let us wait for ever. virtiofs
 * is served by the hypervisor, which can do so anyway.
 */
bool mount_is_fuse(const struct mount *mount);
/* Does a walk from the process's root to this mount's point cross FUSE? */
bool mountinfo_crosses_fuse(const struct mountinfo *m, const struct mount *to);

/*
 * A path of the file system ("/lib/x" below its root) as seen through one of its mounts; NULL
 * when that mount does not show it. The caller frees it.
 */
char *mount_path(const struct mount *mount, const char *path);

#endif
