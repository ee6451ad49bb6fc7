/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_CAPTURE_MEMBERS_H
#define HOSTPROF_CAPTURE_MEMBERS_H
/*
 * Which processes belong to a target, as of now. At least these: what the target says of single
 * threads, and the last word on cgroups, is the kernel side's filter.
 */
#include <stdint.h>

struct places;
struct target;

/* `processes_map`: hp_processes, which has a command's children. */
void members_each(const struct target *target, struct places *places, int processes_map,
		  void (*each)(void *arg, uint32_t pid), void *arg);

#endif
