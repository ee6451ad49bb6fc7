/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_CAPTURE_HEAPS_H
#define HOSTPROF_CAPTURE_HEAPS_H
/*
 * Follows the processes of a recording that probes their allocators, or their use of locks: finds
 * which there are, which files with an allocator, or with the functions of locks, they have mapped,
 * and has the probes attached to these. A process that
 * starts, or loads its allocator, while we record is found at the next look; what it allocates
 * before that is not seen. Of a command, what it will surely use is probed before it runs.
 */
#include <stdbool.h>
#include <stdint.h>
#include "util/clock.h"

#define HEAPS_MAX_PROCESSES 256

struct duty_setup;
struct heaps;
struct places;
struct probes;
struct recording_windows;
struct target;

#define HEAPS_LOOK_NS (20 * NSEC_PER_MSEC) /* between calls of heaps_look() */

/*
 * Attaches to what is there. Borrows all. `kind`: HP_KIND_HEAP or HP_KIND_LOCK. `command_pid`: the
 * command, before it execs; or 0. `duty`: what the probes may cost, if it has a limit (percent
 * above 0): see capture/duty; NULL: it has none. NULL when no probe wants to know.
 */
struct heaps *heaps_new(uint32_t kind, const struct target *target, struct places *places,
			struct probes *probes, uint32_t command_pid, const struct duty_setup *duty);
/* Looks at processes that are new, and now and then at all; and at what it costs. NULL: does
 * nothing. */
void heaps_look(struct heaps *heaps);
/* What became of it, for people ("allocators probed: 2, in 3 processes"), to free; NULL: nothing.
 * Sets *heaps to NULL; *ret_windows is set when there were some. */
char *heaps_end(struct heaps **heaps, struct recording_windows *ret_windows);
void heaps_free(struct heaps *heaps);

#endif
