/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_CMD_REPORT_SINK_H
#define HOSTPROF_CMD_REPORT_SINK_H
/*
 * Where a report goes: standard output, a new file, or a device, pipe or link that is already
 * there. What goes wrong is said here.
 */
#include <stdbool.h>
#include <stdio.h>
#include "util/file.h"

struct report_sink {
	FILE *to;
	const char *name;
	struct file_new file;
	bool is_new;
};

/* path NULL: standard output. 0 or -errno. */
int report_sink_open(struct report_sink *s, const char *path);
/*
 * `err` is what writing returned. 0, or -errno that has been said. A reader who has gone is no
 * error: `report | head` has what it wanted.
 */
int report_sink_close(struct report_sink *s, int err);

#endif
