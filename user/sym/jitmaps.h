/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_SYM_JITMAPS_H
#define HOSTPROF_SYM_JITMAPS_H
/*
 * The perf maps (sym/perfmap.h) and dumps (sym/jitdump.h) of the processes that were seen running
 * code without a file. Each is opened when the process is first seen and kept open until the end:
 * what is written later is then read all the same, and what has been removed is not lost. One that
 * is not there yet is looked for again: in the /tmp that the process had, even after the process
 * has ended; and a dump among the mappings of the living process, less and less often. Which files
 * are believed is told in sym/jitfile.h. One thread.
 */
#include <stdint.h>
#include <sys/types.h>
#include "sym/jitfile.h"

#define JITMAPS_MAX_PROCESSES 1024

struct jitmaps;

struct jitmaps *jitmaps_new(void);
void jitmaps_free(struct jitmaps *j);

/*
 * A process runs code without a file: to be called as soon as that is known, and as often as one
 * likes. `start` is when it started, in ns since boot: with tgid its identity; 0 for unknown.
 */
void jitmaps_see(struct jitmaps *j, pid_t tgid, uint64_t start);

/* One of its files, borrowed, or -errno; looks for it once more when there was none. */
int jitmaps_fd(struct jitmaps *j, enum jitfile kind, pid_t tgid, uint64_t start);

#endif
