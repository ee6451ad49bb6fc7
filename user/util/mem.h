/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_UTIL_MEM_H
#define HOSTPROF_UTIL_MEM_H
/*
 * Allocation that cannot fail: on exhaustion the process says so in one line and exits with
 * status 1. The kernel drops every program, link and map with our descriptors, so nothing is left
 * behind. Sizes that come from outside (ELF, pprof, perf maps) are checked against a named limit
 * before they reach these functions.
 */
#include <stddef.h>

void *mem_alloc(size_t size);			/* uninitialised */
void *mem_zalloc(size_t size);			/* zeroed */
void *mem_array(size_t n, size_t size);		/* zeroed, n * size checked for overflow */
void *mem_grow(void *p, size_t n, size_t size); /* realloc of n * size, checked; the rest kept */
char *mem_strdup(const char *s);
char *mem_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
