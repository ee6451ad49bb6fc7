/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_CMD_REPORT_MEMORY_H
#define HOSTPROF_CMD_REPORT_MEMORY_H
/* What pages show of memory besides its profiles: growth by process, and what leaks. */

struct growth;
struct leaks;
struct report_groups;

struct report_memory {
	struct growth *growth; /* owned; NULL: none */
	struct leaks *leaks;   /* the same */
};

/* Of the folder that the growth and heap profiles are of, if it is one. What cannot be read is left
 * out; that is said when it is there. */
void report_memory_load(const struct report_groups *groups, struct report_memory *ret_memory);
void report_memory_done(struct report_memory *memory);

#endif
