/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_CAPTURE_SPACES_H
#define HOSTPROF_CAPTURE_SPACES_H
/*
 * From the frames of the wire to the locations of one profile: each address space that a frame
 * can be in (the kernel, the vDSO, a file, the anonymous memory of a process) is one mapping of
 * the profile, with a struct origin of the same index that tells the symbolizer what it is.
 */
#include <stdint.h>
#include "capture/stacks.h"
#include "sym/symbolize.h"
#include "util/hash.h"
#include "util/vec.h"

struct profile;

struct spaces {
	struct profile *profile; /* borrowed */
	VEC(struct origin) origins;
	VEC(uint64_t) keys; /* what each mapping stands for: see spaces.c */
	struct hash_index by_key;
};

/*
 * Appends the locations of a stack, leaf first, to `to` (room for HP_MAX_FRAMES); returns how
 * many. Return addresses are moved back by one, into the call they belong to.
 */
uint32_t spaces_locations(struct spaces *spaces, const struct stacks *stacks,
			  const struct stack *stack, uint32_t *to);
/* The location of a sample whose stacks are both lost or unwanted: "[unknown]". */
uint32_t spaces_unknown(struct spaces *spaces);
/* Tells which file each space of a file is: binaries[id] is an index of `binaries`, or
 * BINARY_NONE. Called once, before the symbolizer. */
void spaces_resolve(struct spaces *spaces, const uint32_t *binaries, size_t n);
void spaces_done(struct spaces *spaces);

#endif
