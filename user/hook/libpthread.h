/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_HOOK_LIBPTHREAD_H
#define HOSTPROF_HOOK_LIBPTHREAD_H
/*
 * The functions of a C library that take and release locks, in a binary: glibc's or musl's shared
 * library, or a program that has them linked in. How a lock looks differs between the two; they
 * are told apart by names that only one of them has, and of a third kind nothing is assumed.
 */
#include "hook/sites.h"

#define LIBPTHREAD_MAX_SITES 32

/* The sites' `lock` is filled. Results as of search_binary(). */
int libpthread_find(int fd, struct hook_sites *ret_sites);

#endif
