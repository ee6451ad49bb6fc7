/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_CMD_REPORT_LOCKS_H
#define HOSTPROF_CMD_REPORT_LOCKS_H
/* `hostprof report -k lock`: tables of locks and of their holders. */
#include <stdbool.h>
#include <stdio.h>

struct locks;
struct out_options;
struct profile;
struct report_choice;
struct report_groups;

/*
 * The sums of locks beside the lock profile of one folder; *ret_locks stays NULL when there are
 * none. 0, or -errno that has been said.
 */
int report_locks_load(const struct report_groups *groups, struct locks **ret_locks);

/* Writes the chosen samples by lock or holder, as text or JSON. 0 or -errno. */
int report_locks_write(const struct profile *p, const struct report_choice *choice, bool json,
		       const struct out_options *show, FILE *to);

#endif
