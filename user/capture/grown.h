/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_CAPTURE_GROWN_H
#define HOSTPROF_CAPTURE_GROWN_H
/* From the growth counts on the wire, and the resident sets in /proc, to a struct growth. */
#include <stddef.h>
#include "hostprof/memory.h"

struct grown;
struct growth;

struct grown *grown_new(void);
void grown_free(struct grown *grown);

/* The resident sets of all processes as they are now, at the start. */
void grown_begin(struct grown *grown);
void grown_add(struct grown *grown, const struct hp_grown *wire);
/* The result, now the caller's, with the resident sets as they are now. */
struct growth *grown_take(struct grown *grown);

#endif
