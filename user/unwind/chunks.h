/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_UNWIND_CHUNKS_H
#define HOSTPROF_UNWIND_CHUNKS_H
/*
 * The memory in the kernel that holds unwind tables: chunks in a map of maps, made as they are
 * needed, written through a mapping that lasts for the writing only (so they are no part of our
 * RSS). hostprof/unwind.h has the rules. One thread.
 */
#include <stddef.h>
#include <stdint.h>
#include "util/vec.h"

struct chunks_extent { /* free bytes, within one chunk */
	uint32_t at, size;
};

struct chunks {
	int outer_fd;	 /* hp_arena, borrowed */
	uint64_t cap;	 /* bytes of chunks at most */
	VEC(int) chunks; /* descriptors, by number */
	VEC(struct chunks_extent) free;
};

void chunks_init(struct chunks *a, int outer_fd, uint64_t cap);
void chunks_done(struct chunks *a);

/* Copies a blob in; *ret_at is its place. 0; -ENOSPC: no room under the cap; -errno of the maps. */
int chunks_put(struct chunks *a, const void *blob, size_t size, uint32_t *ret_at);
/* Gives a blob's room back. The caller has made sure that no walk reads it any more. */
void chunks_drop(struct chunks *a, uint32_t at, size_t size);
uint64_t chunks_bytes(const struct chunks *a); /* of all chunks */

#endif
