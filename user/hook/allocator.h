/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_HOOK_ALLOCATOR_H
#define HOSTPROF_HOOK_ALLOCATOR_H
/*
 * The memory allocator in a binary: a C library, a library that replaces its malloc, or a program
 * with either linked in. A binary is taken for one when it defines both malloc and free. C++'s
 * operator new and delete belong to it only there: elsewhere they call malloc. Names come from
 * .symtab, .dynsym and MiniDebugInfo: a program that has none of its own hides its malloc.
 *
 * The file may be anybody's: it is looked at in a process of its own (util/isolate.h), and what
 * that one says is checked.
 */
#include <stdbool.h>
#include <stdint.h>
#include "hostprof/memory.h"
#include "hostprof/uselock.h"
#include "util/vec.h"

#define ALLOCATOR_MAX_SITES  64
#define ALLOCATOR_MAX_NAME   48
#define ALLOCATOR_MAX_PATH   256
#define ALLOCATOR_MAX_MEMORY (512ull << 20)
#define ALLOCATOR_MAX_NS     (5ull * 1000000000)

struct allocator_site {
	uint64_t offset; /* of the probed instruction in the file */
	union {
		struct hp_site site;
		struct hp_uselock_site lock; /* of hook/libpthread.h */
	};
	bool one_trap;		       /* else each call costs two */
	char name[ALLOCATOR_MAX_NAME]; /* of the function: "malloc" */
};

struct allocator {
	char interpreter[ALLOCATOR_MAX_PATH]; /* the program's, which may be the C library; or "" */
	bool is_go; /* a Go program: its own memory is not malloc's, and return probes break it */
	VEC(struct allocator_site) sites; /* none: no allocator in it */
};

/* 0, also when there is none; -EOPNOTSUPP: another machine's; -ETIME, -ECANCELED; -errno. */
int allocator_find(int fd, struct allocator *ret_allocator);
void allocator_done(struct allocator *allocator);

#endif
