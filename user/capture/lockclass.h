/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_CAPTURE_LOCKCLASS_H
#define HOSTPROF_CAPTURE_LOCKCLASS_H
/*
 * What kind of lock does a thread wait for? The innermost function of the stack that is known to
 * wait for one kind only tells: a C library's, or a language's run time.
 */
#include <stdbool.h>
#include <stdint.h>

struct profile;

#define LOCKCLASS_NONE UINT32_MAX

/* enum hp_lock_class by the name of a function, or LOCKCLASS_NONE. */
uint32_t lockclass_of(const char *function);

/* The same of a stack; *ret_glibc: glibc's objects are what is waited for. */
uint32_t lockclass_find(const struct profile *p, uint32_t stack, bool *ret_glibc);

/* The same of a waker's stack, "root;...;leaf": where a waiter's cannot be walked (musl). */
uint32_t lockclass_of_waker(const char *stack);

/* As in locks.def. */
const char *lockclass_name(uint32_t class);
bool lockclass_held(uint32_t class);

#endif
