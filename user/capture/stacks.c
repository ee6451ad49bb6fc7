// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/stacks.h"

#include <errno.h>

static bool same(const void *owner, uint32_t index, const void *key)
{
	const struct stacks *stacks = owner;
	const uint64_t *id = key;

	return stacks->list.at[index].id == *id;
}

uint32_t stacks_find(const struct stacks *stacks, uint64_t id)
{
	return hash_index_find(&stacks->by_id, hash_index_words(&stacks->by_id, id), same, stacks,
			       &id);
}

int stacks_add(struct stacks *stacks, const struct hp_stack *wire, bool java)
{
	struct stack stack = {
		.id = wire->id,
		.start = wire->start,
		.tgid = wire->tgid,
		.first = (uint32_t)stacks->frames.n,
		.n = wire->n,
		.status = wire->status,
		.kernel = wire->kernel,
		.java = java,
	};

	if (stacks_find(stacks, wire->id) != HASH_NONE)
		return 0;
	if (stacks->frames.n + wire->n > STACKS_MAX_FRAMES)
		return -ENOSPC;
	vec_append(&stacks->frames, wire->frames, wire->n);
	hash_index_add(&stacks->by_id, hash_index_words(&stacks->by_id, wire->id),
		       (uint32_t)stacks->list.n);
	vec_push(&stacks->list, stack);
	return 0;
}

void stacks_done(struct stacks *stacks)
{
	vec_done(&stacks->list);
	vec_done(&stacks->frames);
	hash_index_done(&stacks->by_id);
}
