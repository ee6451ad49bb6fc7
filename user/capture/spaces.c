// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/spaces.h"

#include "model/profile.h"
#include "sym/binaries.h"

/*
 * The key of a space: its 16 bits, and for anonymous memory the process on top, as start ^ tgid:
 * both are below 2^48 and two live processes differ in tgid.
 */
#define KEY_SHIFT 16

static bool same(const void *owner, uint32_t index, const void *key)
{
	const struct spaces *spaces = owner;
	const uint64_t *wanted = key;

	return spaces->keys.at[index] == *wanted;
}

static struct origin origin_of(uint32_t space, const struct stack *stack)
{
	switch (space) {
	case HP_SPACE_KERNEL: return (struct origin){.kind = ORIGIN_KERNEL};
	case HP_SPACE_VDSO: return (struct origin){.kind = ORIGIN_VDSO};
	case HP_SPACE_UNKNOWN: return (struct origin){.kind = ORIGIN_UNKNOWN};
	case HP_SPACE_ANON:
		return (struct origin){
			.kind = ORIGIN_ANON, .tgid = (pid_t)stack->tgid, .start = stack->start};
	default: return (struct origin){.kind = ORIGIN_FILE, .binary = space};
	}
}

static uint32_t mapping_of(struct spaces *spaces, uint32_t space, const struct stack *stack)
{
	uint64_t key = space, hash;
	uint32_t mapping;

	if (space == HP_SPACE_ANON)
		key |= (stack->start ^ stack->tgid) << KEY_SHIFT;
	hash = hash_index_words(&spaces->by_key, key);
	mapping = hash_index_find(&spaces->by_key, hash, same, spaces, &key);
	if (mapping != HASH_NONE)
		return mapping;
	mapping = profile_new_mapping(spaces->profile, &(struct profile_mapping){0});
	vec_push(&spaces->origins, origin_of(space, stack));
	vec_push(&spaces->keys, key);
	hash_index_add(&spaces->by_key, hash, mapping);
	return mapping;
}

uint32_t spaces_locations(struct spaces *spaces, const struct stacks *stacks,
			  const struct stack *stack, uint32_t *to)
{
	for (uint32_t i = 0; i < stack->n; i++) {
		uint64_t frame = stacks->frames.at[stack->first + i];
		uint32_t space = (uint32_t)(frame >> HP_FRAME_SHIFT);
		uint64_t address = frame;

		bool exact = space == HP_SPACE_KERNEL ? !i : !!(frame & HP_FRAME_EXACT);

		if (space != HP_SPACE_KERNEL)
			address &= HP_FRAME_ADDRESS;
		if (!exact && address)
			address--;
		to[i] = profile_add_location(spaces->profile, mapping_of(spaces, space, stack),
					     address);
	}
	return stack->n;
}

uint32_t spaces_unknown(struct spaces *spaces)
{
	static const struct stack nobody;
	struct profile *p = spaces->profile;

	return profile_add_name(p, mapping_of(spaces, HP_SPACE_UNKNOWN, &nobody),
				profile_string(p, "[unknown]"));
}

void spaces_resolve(struct spaces *spaces, const uint32_t *binaries, size_t n)
{
	struct origin *origin;

	vec_each(origin, &spaces->origins) {
		if (origin->kind != ORIGIN_FILE)
			continue;
		origin->binary = origin->binary < n ? binaries[origin->binary] : BINARY_NONE;
		if (origin->binary == BINARY_NONE)
			origin->kind = ORIGIN_UNKNOWN; /* the ring lost what it was */
	}
}

void spaces_done(struct spaces *spaces)
{
	vec_done(&spaces->origins);
	vec_done(&spaces->keys);
	hash_index_done(&spaces->by_key);
}
