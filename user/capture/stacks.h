/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_CAPTURE_STACKS_H
#define HOSTPROF_CAPTURE_STACKS_H
/*
 * The stacks that crossed the ring, by their 64-bit id, with their frames as the kernel side made
 * them. Bounded: past STACKS_MAX_FRAMES a new stack is refused, and its samples count as cut.
 */
#include <stdbool.h>
#include <stdint.h>
#include "hostprof/event.h"
#include "util/hash.h"
#include "util/vec.h"

#define STACKS_MAX_FRAMES (4u << 20) /* 32 MiB of frames: some 100,000 deep stacks */

struct stack {
	uint64_t id, start; /* tgid and start: the owner of anonymous frames, or 0 */
	uint32_t tgid;
	uint32_t first, n; /* in `frames` */
	uint8_t status;
	bool kernel;
	bool java; /* it ends in code that a Java virtual machine has compiled */
};

struct stacks {
	VEC(struct stack) list;
	VEC(uint64_t) frames;
	struct hash_index by_id;
};

uint32_t stacks_find(const struct stacks *stacks, uint64_t id); /* index, or HASH_NONE */
/* A stack that is there already is left as it is. 0, or -ENOSPC when the table is full. */
int stacks_add(struct stacks *stacks, const struct hp_stack *wire, bool java);
void stacks_done(struct stacks *stacks);

#endif
