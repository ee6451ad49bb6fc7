/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_UTIL_ISOLATE_H
#define HOSTPROF_UTIL_ISOLATE_H
/*
 * Runs a function in a child process of its own, for work on hostile input by code that is not
 * ours: whatever it does, it uses no more than this memory and this time, opens no file unless
 * that is its work, and when it crashes only the answer is short. What it writes to its descriptor
 * is handed back.
 */
#include <stdbool.h>
#include <stdint.h>
#include "util/buf.h"

struct isolate_limits {
	uint64_t memory; /* bytes on top of what this process has; mapped files do not count */
	uint64_t output; /* bytes, of each file that it writes as well */
	uint64_t time_ns;
	bool may_open; /* files and connections */
};

/*
 * Calls fn(arg, out) in the child, which inherits every descriptor and ends when fn returns.
 * Whatever was written to `out` until then is put behind *ret_output, whole or cut anywhere.
 * 0; -ETIME: it was stopped when the time was over; -ECANCELED: it crashed, hit a limit or
 * returned non-zero; -errno: there was no child.
 */
int isolate_run(const struct isolate_limits *limits, int (*fn)(void *arg, int out), void *arg,
		struct buf *ret_output);

#endif
