// SPDX-License-Identifier: GPL-2.0-or-later
#include "util/intern.h"

#include <string.h>

struct piece {
	const char *s;
	size_t n;
};

static bool same(const void *owner, uint32_t id, const void *key)
{
	const struct intern *it = owner;
	const struct piece *piece = key;

	return it->lengths.at[id - 1] == piece->n &&
	       !memcmp(it->strings.at[id - 1], piece->s, piece->n);
}

static uint32_t find(const struct intern *it, const struct piece *piece, uint64_t hash)
{
	return hash_index_find(&it->index, hash, same, it, piece);
}

uint32_t intern_addn(struct intern *it, const char *s, size_t n)
{
	struct piece piece = {s, strnlen(s, n)};
	uint64_t hash = hash_index_bytes(&it->index, piece.s, piece.n);
	uint32_t id;
	char *copy;

	if (!piece.n)
		return 0;
	id = find(it, &piece, hash);
	if (id != HASH_NONE)
		return id;
	copy = mem_alloc(piece.n + 1);
	memcpy(copy, piece.s, piece.n);
	copy[piece.n] = '\0';
	vec_push(&it->strings, copy);
	vec_push(&it->lengths, (uint32_t)piece.n);
	id = (uint32_t)it->strings.n;
	hash_index_add(&it->index, hash, id);
	return id;
}

uint32_t intern_add(struct intern *it, const char *s)
{
	return intern_addn(it, s, strlen(s));
}

uint32_t intern_find(const struct intern *it, const char *s)
{
	struct piece piece = {s, strlen(s)};

	return piece.n ? find(it, &piece, hash_index_bytes(&it->index, s, piece.n)) : 0;
}

const char *intern_str(const struct intern *it, uint32_t id)
{
	return id && id <= it->strings.n ? it->strings.at[id - 1] : "";
}

uint32_t intern_count(const struct intern *it)
{
	return (uint32_t)it->strings.n + 1;
}

void intern_done(struct intern *it)
{
	char **s;

	vec_each(s, &it->strings)
		free(*s);
	vec_done(&it->strings);
	vec_done(&it->lengths);
	hash_index_done(&it->index);
}
