/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_UTIL_DIGEST_H
#define HOSTPROF_UTIL_DIGEST_H
/*
 * A digest of bytes that may be somebody's who wants two different texts to look the same: a
 * polynomial whose coefficients are the bytes, at two secret points, modulo the prime 2^61 - 1.
 * Different texts of n words of 7 bytes agree at a random point with a probability of n / 2^61, at
 * both for 256 MB with less than 2^-70, whatever the texts, as long as nobody gets to see a digest
 * or its key: neither is ever to leave the process. It is no hash for anybody else to check.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DIGEST_POWERS 4 /* words taken at once */

struct digest_key {
	uint64_t power[2][DIGEST_POWERS]; /* of the points: the first to the fourth */
};

struct digest {
	const struct digest_key *key; /* borrowed */
	uint64_t value[2];
};

/* Random; 0 or -errno. */
int digest_key_init(struct digest_key *key);

void digest_init(struct digest *d, const struct digest_key *key);
/* Texts added one by one are told from the same bytes added otherwise. */
void digest_add(struct digest *d, const void *bytes, size_t n);
bool digest_same(const struct digest *a, const struct digest *b); /* of one key */

#endif
