/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_MODEL_LOCK_WHERE_H
#define HOSTPROF_MODEL_LOCK_WHERE_H
/*
 * The one or two functions of a stack that say where a thread was: what it called last of its own
 * accord ("fdatasync"), and the first of the program's own functions ("flush_log"): neither the
 * kernel below, nor the C library's or a runtime's way there.
 */
#include <stdbool.h>
#include <stdint.h>
#include "util/buf.h"

struct profile;

/*
 * Of "root;...;leaf", kernel frames included. `what` gets the call, `at` the function; either
 * stays empty when there is none, and `at` when it is the same.
 */
void lock_where_text(const char *stack, struct buf *what, struct buf *at);
/* The function alone, be it the leaf. */
void lock_where_own(const char *stack, struct buf *at);
/* Of a stack of the profile; `kernel`: of the kernel's functions. `at` stays empty: none. */
void lock_where_stack(const struct profile *p, uint32_t stack, bool kernel, struct buf *at);

#endif
