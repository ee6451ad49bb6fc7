/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_UTIL_HASH_H
#define HOSTPROF_UTIL_HASH_H
/*
 * hash_bytes() and an open-addressing index from a 64-bit hash to a caller's 32-bit id. The
 * caller owns the things the ids name and compares them, so one index serves strings, stacks,
 * locations and samples. Ids are any value below HASH_NONE.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HASH_NONE UINT32_MAX

uint64_t hash_bytes(const void *bytes, size_t n, uint64_t seed);

/* Mixes one word into a hash: for keys of a few fixed-size fields. */
static inline uint64_t hash_mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * 0x9e3779b97f4a7c15ull;
	return hash ^ (hash >> 32);
}

struct hash_slot {
	uint64_t hash;
	uint32_t id; /* HASH_NONE: free */
};

struct hash_index {
	struct hash_slot *slots;
	uint32_t n, cap; /* cap is 0 or a power of two */
};

/* same(owner, id, key): is the thing called id equal to key? */
typedef bool (*hash_same_fn)(const void *owner, uint32_t id, const void *key);

/* The id with this hash that `same` accepts, or HASH_NONE. */
uint32_t hash_index_find(const struct hash_index *index, uint64_t hash, hash_same_fn same,
			 const void *owner, const void *key);
void hash_index_add(struct hash_index *index, uint64_t hash, uint32_t id);
void hash_index_done(struct hash_index *index);

#endif
