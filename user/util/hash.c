// SPDX-License-Identifier: GPL-2.0-or-later
#include "util/hash.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

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

/* --- SipHash-1-3 (Aumasson, Bernstein) --- */

struct sip {
	uint64_t v0, v1, v2, v3;
};

static uint64_t rotate(uint64_t word, int bits)
{
	return word << bits | word >> (64 - bits);
}

static void sip_round(struct sip *s)
{
	s->v0 += s->v1;
	s->v2 += s->v3;
	s->v1 = rotate(s->v1, 13) ^ s->v0;
	s->v3 = rotate(s->v3, 16) ^ s->v2;
	s->v0 = rotate(s->v0, 32);
	s->v2 += s->v1;
	s->v0 += s->v3;
	s->v1 = rotate(s->v1, 17) ^ s->v2;
	s->v3 = rotate(s->v3, 21) ^ s->v0;
	s->v2 = rotate(s->v2, 32);
}

static void sip_word(struct sip *s, uint64_t word)
{
	s->v3 ^= word;
	sip_round(s);
	s->v0 ^= word;
}

static uint64_t sip_bytes(const uint64_t key[2], const unsigned char *at, size_t n)
{
	struct sip s = {key[0] ^ 0x736f6d6570736575ull, key[1] ^ 0x646f72616e646f6dull,
			key[0] ^ 0x6c7967656e657261ull, key[1] ^ 0x7465646279746573ull};
	uint64_t word, last = (uint64_t)n << 56;

	for (; n >= 8; n -= 8, at += 8) {
		memcpy(&word, at, 8);
		sip_word(&s, le64toh(word));
	}
	for (size_t i = 0; i < n; i++)
		last |= (uint64_t)at[i] << (8 * i);
	sip_word(&s, last);
	s.v2 ^= 0xff;
	for (int i = 0; i < 3; i++)
		sip_round(&s);
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

/* --- */

/* Drawn when it is first needed, so that an index needs no call to begin with. */
static void draw_key(struct hash_index *index)
{
	if (getrandom(index->key, sizeof(index->key), GRND_NONBLOCK) != sizeof(index->key))
		index->key[0] = (uint64_t)(uintptr_t)index; /* early at boot */
	index->has_key = true;
}

uint64_t hash_index_bytes(const struct hash_index *index, const void *bytes, size_t n)
{
	/* No index is const where it lives, and nobody sees the key. */
	if (!index->has_key)
		draw_key((struct hash_index *)index);
	return sip_bytes(index->key, bytes, n);
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
