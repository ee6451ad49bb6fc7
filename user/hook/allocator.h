/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_HOOK_ALLOCATOR_H
#define HOSTPROF_HOOK_ALLOCATOR_H
/*
 * The memory allocator in a binary: a C library, a library that replaces its malloc, or a program
 * with either linked in. A binary is taken for one when it defines both malloc and free. C++'s
 * operator new and delete belong to it only there: elsewhere they call malloc. Names come from
 * .symtab, .dynsym and MiniDebugInfo: a program that has none of its own hides its malloc.
 */
#include "hook/sites.h"

#define ALLOCATOR_MAX_SITES 64

/* The sites' `heap` is filled. Results as of search_binary(). */
int allocator_find(int fd, struct hook_sites *ret_sites);

#endif
