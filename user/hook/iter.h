/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_HOOK_ITER_H
#define HOSTPROF_HOOK_ITER_H
/*
 * BPF iterators: the kernel walks its objects while we read. What the program writes must be
 * records of one size, or nothing.
 */
#include <stddef.h>

struct bpf_program;

/* Runs it once; each record of `size` bytes goes to `take` (both may be 0). 0 or -errno. */
int iter_run(const struct bpf_program *program, size_t size,
	     void (*take)(void *arg, const void *record, size_t size), void *arg);

#endif
