/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_CMD_REPORT_LOAD_H
#define HOSTPROF_CMD_REPORT_LOAD_H
/*
 * What `hostprof report` is asked to show: folders of recordings and pprof files, sorted into
 * groups, each of which becomes one profile. A folder gives one group a kind, files on their own
 * make one group together, and folders and files meet in a group when there is only one kind.
 * Everything wrong is said on stderr in one line, here.
 */
#include <stdbool.h>
#include "hostprof/event.h"
#include "util/vec.h"

struct profile;

#define REPORT_ANY_KIND (-1u) /* else the position in kinds.def, or what follows */
#define REPORT_MEMORY	((unsigned int)HP_KINDS)
#define REPORT_LEDGER	((unsigned int)HP_KINDS + 1)
#define REPORT_WALL	((unsigned int)HP_KINDS + 2)
/* Behind the kinds' names in a list of words. */
#define REPORT_MORE_KINDS "|memory|ledger|wall"

struct report_group {
	const char *kind;     /* "cpu"; "" for files on their own; static */
	const char *question; /* "what burns CPU"; "" the same; static */
	VEC(char *) paths;
};

struct report_groups {
	VEC(struct report_group) at; /* kinds in their order, then files on their own */
	char *ledger; /* path; NULL: none, or of several folders: ledgers cannot be added up */
};

/* 0, or -errno. Looks only; opens no profile. */
int report_groups_find(char **args, int n_args, unsigned int kind, struct report_groups *ret);
void report_groups_done(struct report_groups *groups);

/* Reads the files of a group and merges them. 0, or -errno. */
int report_group_load(const struct report_group *group, struct profile **ret_profile);

#endif
