// SPDX-License-Identifier: GPL-2.0-or-later
/* The hash index and the strings it serves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "util/hash.h"
#include "util/intern.h"

static void test_empty(void **state)
{
	struct intern it = {0};

	(void)state;
	assert_int_equal(intern_count(&it), 1);
	assert_string_equal(intern_str(&it, 0), "");
	assert_string_equal(intern_str(&it, 77), "");
	assert_int_equal(intern_add(&it, ""), 0);
	assert_int_equal(intern_find(&it, ""), 0);
	assert_int_equal(intern_find(&it, "x"), HASH_NONE);
	intern_done(&it);
}

static void test_many(void **state)
{
	struct intern it = {0};
	const char *first;
	char text[32];

	(void)state;
	assert_int_equal(intern_add(&it, "0"), 1);
	first = intern_str(&it, 1);
	for (uint32_t i = 0; i < 20000; i++) {
		snprintf(text, sizeof(text), "%u", i);
		assert_int_equal(intern_add(&it, text), i + 1);
	}
	for (uint32_t i = 0; i < 20000; i++) {
		snprintf(text, sizeof(text), "%u", i);
		assert_int_equal(intern_find(&it, text), i + 1);
		assert_string_equal(intern_str(&it, i + 1), text);
	}
	assert_int_equal(intern_count(&it), 20001);
	assert_ptr_equal(intern_str(&it, 1), first); /* strings stay where they are */
	intern_done(&it);
}

static void test_pieces(void **state)
{
	struct intern it = {0};
	uint32_t abc = intern_addn(&it, "abcdef", 3);

	(void)state;
	assert_string_equal(intern_str(&it, abc), "abc");
	assert_int_equal(intern_add(&it, "abc"), abc);
	assert_int_equal(intern_addn(&it, "abc\0def", 7), abc);
	assert_int_not_equal(intern_add(&it, "abcd"), abc);
	assert_int_equal(intern_addn(&it, "abc", 0), 0);
	intern_done(&it);
}

static void test_hash_bytes(void **state)
{
	char text[64] = {0};
	uint64_t seen[64];

	(void)state;
	/* Lengths alone tell apart, as do the last bytes. */
	for (size_t n = 0; n < 64; n++) {
		seen[n] = hash_bytes(text, n, 0);
		for (size_t i = 0; i < n; i++)
			assert_true(seen[i] != seen[n]);
	}
	for (size_t i = 0; i < 63; i++) {
		text[i] = 1;
		assert_true(hash_bytes(text, 63, 0) != seen[63]);
		text[i] = 0;
	}
	assert_true(hash_bytes(text, 8, 1) != hash_bytes(text, 8, 2));
	assert_true(hash_bytes("equal", 5, 3) == hash_bytes("equal", 5, 3));
}

/* The numbers are CPython's, which hashes bytes the same way, with PYTHONHASHSEED=1. */
static void test_keyed(void **state)
{
	static const struct {
		size_t n;
		uint64_t hash;
	} known[] = {
		{1, 0xecd3e5afcecda4b9},  {7, 0xfd15e78052a69ddf},  {8, 0xc0b5739e7e28dd01},
		{9, 0x208a1a5a0cbbf778},  {15, 0xfa87985f39e97a53}, {16, 0x12e9d283f9f37002},
		{63, 0x542052345bc68274},
	};
	struct hash_index fixed = {.key = {0xaed66ce184be2329, 0xebe9bbf1f1499052},
				   .has_key = true};
	struct hash_index a = {0}, b = {0};
	unsigned char bytes[64];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)i;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		assert_true(hash_index_bytes(&fixed, bytes, known[i].n) == known[i].hash);
	assert_true(hash_index_words(&fixed, 0x0706050403020100, 0x0f0e0d0c0b0a0908) ==
		    hash_index_bytes(&fixed, bytes, 16));
	assert_true(hash_index_bytes(&a, bytes, 16) == hash_index_bytes(&a, bytes, 16));
	assert_true(hash_index_bytes(&a, bytes, 16) != hash_index_bytes(&b, bytes, 16));
	assert_true(hash_index_bytes(&a, NULL, 0) != hash_index_bytes(&b, NULL, 0));
}

/* Texts that have one hash without a key, with any seed: the top bit of a word comes out as two
 * bits, which the next word takes back. */
static void test_hostile(void **state)
{
	struct hash_index index = {0};
	uint64_t seen[256];

	(void)state;
	for (size_t i = 0; i < 256; i++) {
		unsigned char text[8 * 16];

		memset(text, 'a', sizeof(text));
		for (size_t bit = 0; bit < 8; bit++) {
			if (!(i >> bit & 1))
				continue;
			text[16 * bit + 7] ^= 0x80;
			text[16 * bit + 8 + 3] ^= 0x80;
			text[16 * bit + 8 + 7] ^= 0x80;
		}
		seen[i] = hash_index_bytes(&index, text, sizeof(text));
		assert_true(
			hash_bytes(text, sizeof(text), 12345) ==
			hash_bytes(
				"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
				"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
				sizeof(text), 12345));
		for (size_t j = 0; j < i; j++)
			assert_true(seen[j] != seen[i]);
	}
}

static bool same_number(const void *owner, uint32_t id, const void *key)
{
	const uint32_t *numbers = owner, *wanted = key;

	return numbers[id] == *wanted;
}

static void test_collisions(void **state)
{
	struct hash_index index = {0};
	uint32_t numbers[300] = {0}, absent = 1000000;

	(void)state;
	assert_int_equal(hash_index_find(&index, 5, same_number, numbers, &absent), HASH_NONE);
	for (uint32_t i = 0; i < 300; i++) { /* all under three hashes */
		numbers[i] = i * 7;
		hash_index_add(&index, i % 3, i);
	}
	for (uint32_t i = 0; i < 300; i++)
		assert_int_equal(hash_index_find(&index, i % 3, same_number, numbers, &numbers[i]),
				 i);
	assert_int_equal(hash_index_find(&index, 1, same_number, numbers, &absent), HASH_NONE);
	hash_index_done(&index);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),	   cmocka_unit_test(test_many),
		cmocka_unit_test(test_pieces),	   cmocka_unit_test(test_hash_bytes),
		cmocka_unit_test(test_keyed),	   cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_collisions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
