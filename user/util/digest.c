// SPDX-License-Identifier: GPL-2.0-or-later
#include "util/digest.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#define PRIME	   ((1ull << 61) - 1)
#define WORD_BYTES 7
#define WORD_MASK  ((1ull << 8 * WORD_BYTES) - 1)
#define STEP_BYTES (DIGEST_POWERS * WORD_BYTES)

__extension__ typedef unsigned __int128 wide;

/* Of anything below 2^125: 2^61 is 1. */
static uint64_t reduce(wide n)
{
	uint64_t sum = (uint64_t)(n & PRIME) + (uint64_t)(n >> 61 & PRIME);

	sum += (uint64_t)(n >> 122);
	sum = (sum & PRIME) + (sum >> 61);
	return sum >= PRIME ? sum - PRIME : sum;
}

int digest_key_init(struct digest_key *key)
{
	struct digest_key new;
	uint64_t point[2];

	for (int i = 0; i < 2; i++) {
		do {
			if (getrandom(&point[i], sizeof(point[i]), 0) != sizeof(point[i]))
				return -errno;
			point[i] &= PRIME;
		} while (point[i] == PRIME);
		new.power[i][0] = point[i];
		for (int j = 1; j < DIGEST_POWERS; j++)
			new.power[i][j] = reduce((wide) new.power[i][j - 1] * point[i]);
	}
	*key = new;
	return 0;
}

void digest_init(struct digest *d, const struct digest_key *key)
{
	*d = (struct digest){.key = key, .value = {1, 1}};
}

static void add_word(struct digest *d, uint64_t word)
{
	for (int i = 0; i < 2; i++)
		d->value[i] = reduce((wide)d->value[i] * d->key->power[i][0] + word);
}

/* The next word of bytes with one more behind it. */
static uint64_t word_at(const unsigned char *at)
{
	uint64_t word;

	memcpy(&word, at, sizeof(word));
	return word & WORD_MASK;
}

/* Four words with one reduction. */
static void add_step(struct digest *d, const unsigned char *at)
{
	uint64_t a = word_at(at), b = word_at(at + WORD_BYTES), c = word_at(at + 2 * WORD_BYTES),
		 e = word_at(at + 3 * WORD_BYTES);

	for (int i = 0; i < 2; i++) {
		const uint64_t *power = d->key->power[i];
		wide sum = (wide)d->value[i] * power[3] + (wide)a * power[2] + (wide)b * power[1] +
			   (wide)c * power[0] + e;

		d->value[i] = reduce(sum);
	}
}

void digest_add(struct digest *d, const void *bytes, size_t n)
{
	const unsigned char *at = bytes;
	uint64_t word;

	add_word(d, (uint64_t)n & WORD_MASK); /* no text is that long */
	for (; n > STEP_BYTES; n -= STEP_BYTES, at += STEP_BYTES)
		add_step(d, at);
	while (n) {
		size_t part = n < WORD_BYTES ? n : WORD_BYTES;

		word = 0;
		memcpy(&word, at, part);
		add_word(d, word);
		at += part;
		n -= part;
	}
}

bool digest_same(const struct digest *a, const struct digest *b)
{
	return a->value[0] == b->value[0] && a->value[1] == b->value[1];
}
