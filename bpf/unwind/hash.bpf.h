/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HP_UNWIND_HASH_BPF_H
#define HP_UNWIND_HASH_BPF_H
/*
 * The id of a stack: 64 bits of multiply-and-fold over its frames, so that a million distinct
 * stacks collide with a chance of 3 in 10^8, and none is ever mistaken by a table's size. Never 0,
 * which means "no stack". It begins with a number drawn for the recording: a program that makes its
 * own stacks look as it likes cannot make one with the id of another program's.
 */
#include "lib/hp.bpf.h"
#include "unwind/walk.h"

#define HP_HASH_MULTIPLIER 0x9e3779b97f4a7c15ull

static __always_inline __u64 hp_hash_mix(__u64 hash, __u64 word)
{
	hash = (hash ^ word) * HP_HASH_MULTIPLIER;
	return hash ^ (hash >> 29);
}

static __always_inline void hp_hash_frames(struct hp_walk *walk)
{
	struct hp_stack *stack = &walk->stack;
	__u64 hash = hp_hash_mix(stack->id ^ stack->status, (__u64)stack->n << 1 | stack->kernel);
	bool owned = false;

	for (__u32 i = 0; i < HP_MAX_FRAMES && i < stack->n; i++) {
		__u64 frame = stack->frames[i];

		owned |= frame >> HP_FRAME_SHIFT == HP_SPACE_ANON;
		hash = hp_hash_mix(hash, frame);
	}
	/* The same address in two processes' anonymous memory is not the same place. */
	stack->tgid = owned ? walk->tgid : 0;
	stack->start = owned ? walk->start : 0;
	if (owned)
		hash = hp_hash_mix(hp_hash_mix(hash, walk->start), walk->tgid);
	stack->id = hash ? hash : 1;
}

#endif
