/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_SYM_JITMAPS_H
#define HOSTPROF_SYM_JITMAPS_H
/*
 * The perf maps (sym/perfmap.h) of the processes that were seen running code without a file. Each
 * is opened when the process is first seen and kept open until the end: what is written later is
 * then read all the same, and what has been removed is not lost. One that is not there yet is
 * looked for again, in the /tmp that the process had, even after the process has ended.
 *
 * The file is found through the process's own root, under the pid it has for itself. It must be a
 * regular file with one name, reached by no symbolic link below /tmp, owned by root or by the
 * process's user, and not older than the process. One thread.
 */
#include <stdint.h>
#include <sys/types.h>

#define JITMAPS_MAX_PROCESSES 1024

struct jitmaps;

struct jitmaps *jitmaps_new(void);
void jitmaps_free(struct jitmaps *j);

/*
 * A process runs code without a file: to be called as soon as that is known, and as often as one
 * likes. `start` is when it started, in ns since boot: with tgid its identity; 0 for unknown.
 */
void jitmaps_see(struct jitmaps *j, pid_t tgid, uint64_t start);

/* Its map, borrowed, or -errno; looks for it once more when there was none. */
int jitmaps_fd(struct jitmaps *j, pid_t tgid, uint64_t start);

#endif
