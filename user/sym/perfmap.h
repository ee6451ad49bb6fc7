/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_SYM_PERFMAP_H
#define HOSTPROF_SYM_PERFMAP_H
/*
 * The map that a just-in-time compiler writes of its code, /tmp/perf-PID.map: a line a function,
 * "START SIZE NAME" with hexadecimal numbers. Lines are only ever added. Code that overlaps code
 * of an earlier line has taken its place, so the earlier line is void as a whole.
 *
 * The writer can be anybody: the limits below bound time and memory, and of a longer file the end
 * counts, which is the newest.
 */
#include <stddef.h>
#include "elf/symtab.h"

#define PERFMAP_MAX_BYTES (64u << 20)
#define PERFMAP_MAX_LINES (1u << 20)

/*
 * Fills *ret_table, which the caller ends with symtab_done(). `fd` is a regular file. 0, also
 * when it holds no line that makes sense; -errno of reading.
 */
int perfmap_read(int fd, struct symtab *ret_table);
/* The same of a text of n bytes behind which there is room for one more. Takes the text over. */
void perfmap_parse(char *text, size_t n, struct symtab *ret_table);

#endif
