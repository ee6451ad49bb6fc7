/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_CMD_REPORT_LEAKS_H
#define HOSTPROF_CMD_REPORT_LEAKS_H
/* `hostprof report --leaks`: which stacks keep more and more memory, by a folder's leaks.json. */
#include <stddef.h>

/* Of each folder; output NULL: to standard output. 0, or -errno after it was said. */
int report_leaks(char **folders, int n, size_t rows, const char *output);

#endif
