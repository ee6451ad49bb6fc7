/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_SYM_BINARIES_H
#define HOSTPROF_SYM_BINARIES_H
/*
 * The files whose code was seen running, by number. Each is opened the moment it is first seen,
 * while the process that maps it is likely alive, and kept open, so that a deleted, replaced or
 * containerised binary, or one whose process has ended, still gets its names at the end. So are
 * the debug files of those in containers.
 *
 * Files can be hostile: only regular files are opened, never on FUSE (its server could make us
 * hang), never through symlinks that leave the process's root, never mapped into memory (a
 * truncated file would raise SIGBUS). One thread.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct binaries;

#define BINARY_NONE UINT32_MAX

/* One sighting, as the kernel told it. */
struct binary_seen {
	uint32_t dev_major, dev_minor; /* of the superblock (s_dev), as in /proc/PID/maps */
	uint64_t inode;
	pid_t tgid;		   /* a process that maps it */
	uint64_t vm_start, vm_end; /* that mapping: names /proc/TGID/map_files/START-END */
	const char *path;	   /* "/usr/bin/foo" below the root of ITS FILE SYSTEM, or "" */
};

struct binaries *binaries_new(void);
void binaries_free(struct binaries *b);

/*
 * Opens and keeps the file; its index is the number of files added before it. Never fails: a file
 * that could not be opened has fd -1 and the path that is known.
 * Tried in turn: /proc/TGID/map_files/RANGE; the path below /proc/TGID/root (RESOLVE_IN_ROOT); if
 * the process is gone, the path below each of our own mounts of that file system (mountinfo). All
 * but the first must show the same inode.
 */
uint32_t binaries_add(struct binaries *b, const struct binary_seen *seen);
uint32_t binaries_count(const struct binaries *b);

struct binary {
	int fd;	    /* O_RDONLY, or -1 */
	int err;    /* why fd is -1: a negative errno */
	char *path; /* as its process saw it, without " (deleted)"; "[unknown]" at worst */
	bool deleted;
	pid_t tgid; /* a process that mapped it */
	uint64_t size;
	struct kept *kept; /* its debug files in a file tree that is not ours; NULL: none */
};

const struct binary *binaries_at(const struct binaries *b, uint32_t index);

#endif
