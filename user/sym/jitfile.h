/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_SYM_JITFILE_H
#define HOSTPROF_SYM_JITFILE_H
/*
 * Opening the files by which a just-in-time compiler tells about its code. A perf map is
 * /tmp/perf-PID.map. A dump is jit-PID.dump in any folder: the process maps a page of it as code,
 * only so that profilers find it. PID is what the process has for itself.
 *
 * Anybody can put files there: one must be a regular file with at most one name, reached by no
 * symbolic link below /tmp, owned by root or by the process's user, not on FUSE, and not older
 * than the process.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "proc/status.h"

enum jitfile { JITFILE_MAP, JITFILE_DUMP, JITFILES };

struct jitfile_owner {
	pid_t tgid;
	uint64_t start; /* in ns since boot, or 0: unknown */
	struct status status;
};

/* Is the process of this pid still the one that was seen? */
bool jitfile_same_process(const struct jitfile_owner *owner);

/* `tmp` is a handle on the process's /tmp, or negative. A descriptor for reading, or -errno. */
int jitfile_open(enum jitfile kind, const struct jitfile_owner *owner, int tmp);

#endif
