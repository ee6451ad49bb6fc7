/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_HOOK_GLANCE_H
#define HOSTPROF_HOOK_GLANCE_H
/*
 * What can be told of a binary without decoding its code: most have nothing to probe, and need no
 * process of their own to be looked at in.
 */
#include <stdbool.h>

struct allocator;

struct glance {
	bool both;   /* functions of both names are in it */
	bool packed; /* it has MiniDebugInfo, where more names may be */
};

/* Fills `found` but for its sites, too. 0 or -errno. */
int glance_at(int fd, const char *const names[2], struct allocator *found,
	      struct glance *ret_glance);

#endif
