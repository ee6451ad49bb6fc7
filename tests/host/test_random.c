// SPDX-License-Identifier: GPL-2.0-or-later
/* Distances to sample points: an exponential distribution, from 32 random bits. */
#include "fake.h"
#include "lib/random.bpf.h"

#include <math.h>

static void test_exact(void **state)
{
	(void)state;
	for (uint64_t i = 1; i < 1ull << 32; i = i * 17 / 16 + 1) {
		double want = -log((double)i / 4294967296.0) * 1e9;

		/* 16 digits behind the point of the logarithm, and of ln 2 */
		assert_true(fabs((double)hp_exponential(1000000000, (__u32)i) - want) <
			    40000 + 4e-6 * want);
	}
	assert_true(hp_exponential(1, 0xffffffff) >= 1);
	assert_true(hp_exponential(1ull << 39, 0) > 1ull << 43);
}

static void test_mean(void **state)
{
	uint32_t random = 1;
	double sum = 0;

	(void)state;
	for (int i = 0; i < 1000000; i++) {
		random = random * 1664525 + 1013904223;
		sum += (double)hp_exponential(64, random);
	}
	/* Rounded up to whole ones: 1 / (1 - exp(-1/64)). */
	assert_true(fabs(sum / 1e6 - 64.5013) < 0.3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exact),
		cmocka_unit_test(test_mean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
