/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_UTIL_HASH_H
#define HOSTPROF_UTIL_HASH_H
/*
 * An open-addressing index from a 64-bit hash to a caller's 32-bit id. The caller owns the things
 * the ids name and compares them, so one index serves strings, stacks, locations and samples. Ids
 * are any value below HASH_NONE. Zero-initialised is empty.
 *
 * Most of what is indexed was chosen by others: names, addresses and build ids of any program,
 * the numbers in a pprof file. Things made to have one hash would cost the square of their number,
 * so an index hashes by SipHash-1-3 with a random key of its own. Ids are the caller's and nothing
 * is listed in the order of hashes: no output depends on the key.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HASH_NONE UINT32_MAX

/* Without a key, for what is to be the same each time, and in no index. */
uint64_t hash_bytes(const void *bytes, size_t n, uint64_t seed);
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
	uint64_t key[2];
	bool has_key;
};

/* The hash of something in this index; `n` may be 0. */
uint64_t hash_index_bytes(const struct hash_index *index, const void *bytes, size_t n);
/* The same of a few numbers of up to 64 bits, not negative. */
#define hash_index_words(index, ...)                                                               \
	hash_index_bytes(index, (const uint64_t[]){__VA_ARGS__},                                   \
			 sizeof((const uint64_t[]){__VA_ARGS__}))

/* same(owner, id, key): is the thing called id equal to key? */
typedef bool (*hash_same_fn)(const void *owner, uint32_t id, const void *key);

/* The id with this hash that `same` accepts, or HASH_NONE. */
uint32_t hash_index_find(const struct hash_index *index, uint64_t hash, hash_same_fn same,
			 const void *owner, const void *key);
void hash_index_add(struct hash_index *index, uint64_t hash, uint32_t id);
void hash_index_done(struct hash_index *index);

#endif
