/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_CAPTURE_EXECS_H
#define HOSTPROF_CAPTURE_EXECS_H
/* When processes became other programs, whose memory is not the one they had before. */
#include <stdbool.h>
#include "hostprof/event.h"
#include "util/hash.h"
#include "util/vec.h"

#define EXECS_MAX 1000000 /* processes */

struct execs {
	VEC(struct hp_exec) list; /* the last one of each process */
	struct hash_index by_process;
};

void execs_add(struct execs *execs, const struct hp_exec *exec);
/* Did its process exec after it was allocated? */
bool execs_after(const struct execs *execs, const struct hp_live *live);
void execs_done(struct execs *execs);

#endif
