/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_CAPTURE_HEAPS_H
#define HOSTPROF_CAPTURE_HEAPS_H
/*
 * Follows the processes of a recording that probes their allocators: finds which there are, which
 * files with an allocator they have mapped, and has the probes attached to these. A process that
 * starts, or loads its allocator, while we record is found at the next look; what it allocates
 * before that is not seen. Of a command, what it will surely use is probed before it runs.
 */
#include <stdbool.h>
#include <stdint.h>
#include "util/buf.h"

#define HEAPS_MAX_PROCESSES 256

struct heaps;
struct probes;
struct target;

/* Borrows both. `command_pid` may be 0. */
struct heaps *heaps_new(const struct target *target, struct probes *probes, uint32_t command_pid);
void heaps_free(struct heaps *heaps);

/* The command, before it execs. */
void heaps_expect_command(struct heaps *heaps);
/* Looks at all processes of the target; not `thoroughly`: at those that are new only. */
void heaps_look(struct heaps *heaps, bool thoroughly);

/* "malloc of 3 processes in 2 allocators; ..." for people; empty: nothing to say. */
void heaps_describe(const struct heaps *heaps, struct buf *to);
uint32_t heaps_attached(const struct heaps *heaps); /* processes */

#endif
