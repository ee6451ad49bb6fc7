// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "util/digest.h"

#define PRIME ((1ull << 61) - 1)
#define MAX   200

__extension__ typedef unsigned __int128 wide;

/* As the definition has it: the length, then words of 7 bytes. */
static uint64_t plain(uint64_t value, uint64_t point, const unsigned char *bytes, size_t n)
{
	value = (uint64_t)(((wide)value * point + n) % PRIME);
	for (size_t i = 0; i < n; i += 7) {
		uint64_t word = 0;

		memcpy(&word, bytes + i, n - i < 7 ? n - i : 7);
		value = (uint64_t)(((wide)value * point + word) % PRIME);
	}
	return value;
}

static void test_values(void **state)
{
	unsigned char bytes[MAX];
	struct digest_key key;

	(void)state;
	srand(3);
	for (int round = 0; round < 200; round++) {
		struct digest d;
		uint64_t value[2] = {1, 1};

		assert_int_equal(digest_key_init(&key), 0);
		digest_init(&d, &key);
		for (size_t n = 0; n < MAX; n += (unsigned int)rand() % 9) {
			/* All bits set now and then: the largest sums. */
			for (size_t i = 0; i < n; i++)
				bytes[i] = round % 4 ? (unsigned char)rand() : 0xff;
			digest_add(&d, bytes, n);
			for (int i = 0; i < 2; i++) {
				value[i] = plain(value[i], key.power[i][0], bytes, n);
				assert_int_equal(d.value[i], value[i]);
			}
		}
	}
}

static void test_largest(void **state)
{
	struct digest_key key;
	unsigned char bytes[MAX];
	uint64_t value = PRIME - 1;
	struct digest d;

	(void)state;
	memset(bytes, 0xff, sizeof(bytes));
	for (int i = 0; i < 2; i++)
		for (int j = 0; j < DIGEST_POWERS; j++)
			key.power[i][j] = j % 2 ? 1 : PRIME - 1; /* powers of -1 */
	digest_init(&d, &key);
	d.value[0] = d.value[1] = value;
	digest_add(&d, bytes, sizeof(bytes));
	value = plain(value, PRIME - 1, bytes, sizeof(bytes));
	assert_int_equal(d.value[0], value);
	assert_int_equal(d.value[1], value);
}

static void test_parts(void **state)
{
	struct digest_key key;
	struct digest a, b, c;

	(void)state;
	assert_int_equal(digest_key_init(&key), 0);
	digest_init(&a, &key);
	digest_init(&b, &key);
	digest_init(&c, &key);
	digest_add(&a, "ab", 2);
	digest_add(&a, "c", 1);
	digest_add(&b, "a", 1);
	digest_add(&b, "bc", 2);
	digest_add(&c, "ab\0", 3);
	assert_false(digest_same(&a, &b));
	assert_false(digest_same(&a, &c));
	digest_init(&b, &key);
	digest_add(&b, "ab", 2);
	digest_add(&b, "c", 1);
	assert_true(digest_same(&a, &b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_largest),
		cmocka_unit_test(test_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
