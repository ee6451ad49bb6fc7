/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_CAPTURE_TARGET_H
#define HOSTPROF_CAPTURE_TARGET_H
/*
 * What a recording is of: the whole host when nothing is named, else the tasks for which all that
 * is named holds (processes and threads together count as one condition). Borrows its strings.
 */
#include <stdbool.h>
#include <stdint.h>
#include "capture/groups.h"
#include "capture/places.h"
#include "hostprof/config.h"
#include "util/buf.h"
#include "util/vec.h"

struct probes;

struct target {
	VEC(uint32_t) pids, tids;
	const char *comm;	   /* or NULL */
	VEC(const char *) cgroups; /* paths */
	struct place_filter places;
	char **command;	      /* argv, or NULL: it and all it starts */
	struct groups groups; /* of `cgroups`; made by target_check() */
};

/* Do they exist? 0, or -errno with a line for people in `why`: what, why, what to do. */
int target_check(struct target *target, struct buf *why);
void target_done(struct target *target);

bool target_is_host(const struct target *target);
void target_configure(const struct target *target, struct hp_config *config);
/* Fills the filter maps; `command_pid` as well when not 0. 0 or -errno. */
int target_apply(const struct target *target, const struct probes *probes, uint32_t command_pid);

char *target_json(const struct target *target, uint32_t command_pid); /* one object; to free */
char *target_text(const struct target *target, uint32_t command_pid); /* to free */

#endif
