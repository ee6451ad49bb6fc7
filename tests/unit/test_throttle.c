// SPDX-License-Identifier: GPL-2.0-or-later
/* cpu.stat of both versions of cgroups. */
#include "proc/throttle.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "util/cgroupfs.h"

static void test_cgroup2(void **state)
{
	struct throttle t;

	(void)state;
	throttle_parse("usage_usec 900\nuser_usec 1\nnr_periods 12\nnr_throttled 7\n"
		       "throttled_usec 345678\nnr_bursts 0\n",
		       &t);
	assert_int_equal(t.ns, 345678000);
	assert_int_equal(t.times, 7);
}

static void test_v1(void **state)
{
	struct throttle t;

	(void)state;
	throttle_parse("nr_periods 12\nnr_throttled 9\nthrottled_time 1234567890", &t);
	assert_int_equal(t.ns, 1234567890);
	assert_int_equal(t.times, 9);
}

static void test_odd(void **state)
{
	struct cgroup_trees trees;
	struct throttle t;

	(void)state;
	throttle_parse("", &t);
	assert_int_equal(t.ns + t.times, 0);
	throttle_parse("x nr_throttled 3\nnr_throttledx 4\nthrottled_usec\n", &t);
	assert_int_equal(t.ns + t.times, 0);
	cgroup_trees_find(&trees);
	assert_int_equal(throttle_read(&trees, "/no/such/cgroup", &t), -ENOENT);
	cgroup_trees_done(&trees);
	assert_int_equal(throttle_read(&trees, "/", &t), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cgroup2),
		cmocka_unit_test(test_v1),
		cmocka_unit_test(test_odd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
