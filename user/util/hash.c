// SPDX-License-Identifier: GPL-2.0-or-later
#include "util/hash.h"

#include <stdlib.h>
#include <string.h>

#include "util/mem.h"

#define FIRST_CAP 64

uint64_t hash_bytes(const void *bytes, size_t n, uint64_t seed)
{
	const unsigned char *at = bytes;
	uint64_t hash = hash_mix(seed, n);
	uint64_t word;

	for (; n >= 8; n -= 8, at += 8) {
		memcpy(&word, at, 8);
		hash = hash_mix(hash, word);
	}
	word = 0;
	memcpy(&word, at, n);
	return hash_mix(hash_mix(hash, word), 1);
}

uint32_t hash_index_find(const struct hash_index *index, uint64_t hash, hash_same_fn same,
			 const void *owner, const void *key)
{
	uint32_t mask = index->cap - 1;

	if (!index->cap)
		return HASH_NONE;
	for (uint32_t i = (uint32_t)hash & mask;; i = (i + 1) & mask) {
		const struct hash_slot *slot = &index->slots[i];

		if (slot->id == HASH_NONE)
			return HASH_NONE;
		if (slot->hash == hash && same(owner, slot->id, key))
			return slot->id;
	}
}

static void place(struct hash_index *index, uint64_t hash, uint32_t id)
{
	uint32_t mask = index->cap - 1;
	uint32_t i = (uint32_t)hash & mask;

	while (index->slots[i].id != HASH_NONE)
		i = (i + 1) & mask;
	index->slots[i] = (struct hash_slot){.hash = hash, .id = id};
}

static void rehash(struct hash_index *index)
{
	struct hash_index old = *index;

	index->cap = old.cap ? old.cap * 2 : FIRST_CAP;
	index->slots = mem_array(index->cap, sizeof(*index->slots));
	for (uint32_t i = 0; i < index->cap; i++)
		index->slots[i].id = HASH_NONE;
	for (uint32_t i = 0; i < old.cap; i++)
		if (old.slots[i].id != HASH_NONE)
			place(index, old.slots[i].hash, old.slots[i].id);
	free(old.slots);
}

void hash_index_add(struct hash_index *index, uint64_t hash, uint32_t id)
{
	if (index->n >= index->cap / 2)
		rehash(index);
	place(index, hash, id);
	index->n++;
}

void hash_index_done(struct hash_index *index)
{
	free(index->slots);
	*index = (struct hash_index){0};
}
