/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_CAPTURE_PROBED_H
#define HOSTPROF_CAPTURE_PROBED_H
/*
 * The processes of a recording whose files are probed for one kind: their allocators for the heap,
 * or their use of locks. Finds which there are, and which files with something to probe they have
 * mapped, and has the probes attached to these. A process that starts, or loads such a file, while
 * we record is found at the next look; what it does before that is not seen. Of a command, what it
 * will surely use is probed before it runs.
 */
#include <stdbool.h>
#include <stdint.h>
#include "util/clock.h"

#define PROBED_MAX_PROCESSES 256
#define PROBED_LOOK_NS	     (20 * NSEC_PER_MSEC) /* between calls of probed_look() */

struct duty_setup;
struct places;
struct probed;
struct probes;
struct recording_windows;
struct target;

/*
 * Attaches to what is there. Borrows all. `kind`: HP_KIND_HEAP or HP_KIND_LOCK. `command_pid`: the
 * command, before it execs; or 0. `duty`: what the probes may cost, if it has a limit (percent
 * above 0): see capture/duty; NULL: it has none. NULL when no probe wants to know.
 */
struct probed *probed_new(uint32_t kind, const struct target *target, struct places *places,
			  struct probes *probes, uint32_t command_pid,
			  const struct duty_setup *duty);
/* Looks at processes that are new, and now and then at all; and at what it costs. NULL: does
 * nothing. */
void probed_look(struct probed *probed);
/* What became of it, for people ("allocators probed: 2, in 3 processes"), to free; NULL: nothing.
 * Sets *probed to NULL; *ret_windows is set when there were some. */
char *probed_end(struct probed **probed, struct recording_windows *ret_windows);
void probed_free(struct probed *probed);

#endif
