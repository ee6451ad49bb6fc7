/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_OUT_SUMMARY_H
#define HOSTPROF_OUT_SUMMARY_H
/*
 * What a recording shows at its end: what was recorded, then where the wall time went, for each
 * kind the top processes and functions, then what was lost, what it cost and where the files are.
 * Of the options it uses rows (functions a table; 0: ten), columns (0: 80) and colour.
 */
#include <stdio.h>

struct recording;
struct out_options;

/* `files`: paths, up to a NULL; may itself be NULL. */
void summary_write(const struct recording *r, const struct out_options *o, const char *const *files,
		   FILE *to);

#endif
