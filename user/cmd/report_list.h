/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_CMD_REPORT_LIST_H
#define HOSTPROF_CMD_REPORT_LIST_H
/* `hostprof report --list REGEX`: functions of a profile from the inside. */
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct out_options;
struct profile;

struct report_list {
	const char *pattern;
	const char *source_path; /* or NULL */
	bool json;
	const char *path; /* of the profile, for what is said */
	size_t found;	  /* functions: added up over all profiles */
};

/* -EINVAL when the pattern is wrong, which has been said. */
int report_list_check(const char *pattern);

/*
 * Writes the functions that match, at most show->rows of them (0: all), and says on stderr when
 * there are none. 0 or -errno of writing.
 */
int report_list_write(struct report_list *list, const struct profile *p,
		      const struct out_options *show, FILE *to);

#endif
