// SPDX-License-Identifier: GPL-2.0-or-later
/* The small parts of the memory kinds: sizes, growth, execs, mappings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <string.h>

#include <cmocka.h>

#include "capture/execs.h"
#include "capture/sizes.h"
#include "model/calibrate.h"
#include "model/growth.h"
#include "model/profile.h"
#include "proc/maps.h"

static void test_sizes(void **state)
{
	double carry = 0;
	int64_t sum = 0;

	(void)state;
	/* With a point on each byte all are exact. */
	assert_int_equal(sizes_stand_for(77, 1, 1, &carry), 1);
	assert_int_equal(sizes_stand_for(0, 1, 0, &carry), 0);
	assert_int_equal(sizes_stand_for(0, 4096, 1, &carry), 1);
	/* As large as the spacing: 1 / (1 - 1/e) = 1.58198; rounding loses nothing. */
	for (int i = 0; i < 100000; i++)
		sum += sizes_stand_for(4096, 4096, 1, &carry);
	assert_true(fabs((double)sum - 158197.67) < 1.5);
	/* Much smaller: spacing / size. Much larger: itself. Too much: no overflow. */
	carry = 0;
	assert_in_range(sizes_stand_for(16, 524288, 16, &carry), 524288, 524300);
	carry = 0;
	assert_int_equal(sizes_stand_for(1ull << 40, 524288, 1, &carry), 1);
	assert_true(sizes_stand_for(1, 1ull << 62, 1e10, &carry) > 0);
}

static void test_growth(void **state)
{
	struct growth *g = growth_new(4096);

	(void)state;
	growth_add(g, 5, 100, 10, 2, "five");
	growth_add(g, 5, 200, 30, 3, "again");
	growth_add(g, 5, 100, 1, 1, "");
	assert_int_equal(g->list.n, 2);
	assert_int_equal(growth_total(g), 41);
	growth_sort(g);
	assert_int_equal(g->list.at[0].pages, 30);
	assert_string_equal(g->list.at[1].comm, "five");
	assert_int_equal(g->list.at[1].pages, 11);
	assert_int_equal(g->list.at[1].rss_before, -1);
	growth_free(g);
}

static void test_growth_name(void **state)
{
	struct growth *g = growth_new(4096);
	size_t at = growth_add(g, 5, 100, 10, 2, "");

	(void)state;
	assert_string_equal(g->list.at[at].comm, "");
	growth_name(g, at, "longer than is kept");
	assert_string_equal(g->list.at[at].comm, "longer than is k");
	growth_name(g, at, "short");
	assert_string_equal(g->list.at[at].comm, "short");
	assert_int_equal(g->list.at[at].pages, 10);
	assert_int_equal(g->list.at[at].times, 2);
	growth_free(g);
}

/* Samples are scaled to what is known exactly; a process without one has a line of its own. */
static void test_calibrate(void **state)
{
	struct growth *g = growth_new(4096);
	struct profile *p = profile_new();
	struct profile_label pid = {.key = profile_string(p, "pid"), .num = 5};
	uint32_t location, stack, labels;

	(void)state;
	profile_add_type(p, "pages", "count");
	profile_add_type(p, "growth", "bytes");
	location = profile_new_location(p, PROFILE_NONE, 1);
	stack = profile_add_stack(p, &location, 1);
	labels = profile_add_labels(p, &pid, 1);
	profile_add_sample(p, stack, labels, (const int64_t[PROFILE_MAX_VALUES]){64, 64 * 4096});
	growth_add(g, 5, 100, 70, 2, "five");
	growth_add(g, 6, 100, 3, 1, "six");
	calibrate_growth(g, p);
	assert_int_equal(p->samples.n, 2);
	assert_int_equal(p->samples.at[0].values[0], 70);
	assert_int_equal(profile_total(p, 1), 73 * 4096);
	profile_free(p);
	growth_free(g);
}

static void test_execs(void **state)
{
	struct execs e = {0};
	struct hp_live live = {.sample = {.tgid = 5, .start = 1}, .time = 50};

	(void)state;
	assert_false(execs_after(&e, &live));
	execs_add(&e, &(struct hp_exec){.tgid = 5, .start = 1, .time = 40});
	assert_false(execs_after(&e, &live));
	execs_add(&e, &(struct hp_exec){.tgid = 5, .start = 2, .time = 60});
	assert_false(execs_after(&e, &live));
	execs_add(&e, &(struct hp_exec){.tgid = 5, .start = 1, .time = 60});
	assert_true(execs_after(&e, &live));
	assert_int_equal(e.list.n, 2);
	execs_done(&e);
}

static void test_maps(void **state)
{
	struct maps maps = {0};

	(void)state;
	maps_parse("55d0-55d8 r--p 00000000 fd:01 77 /bin/a\n"
		   "55d8-55e0 r-xp 00002000 fd:01 77 /bin/a\n"
		   "55e0-55f0 r-xp 00002000 fd:01 77 /bin/a\n"
		   "7f00-7f10 r-xp 00000000 00:1f 78 /lib/with space (deleted)\n"
		   "7fff-8000 r-xp 00000000 00:00 0 [vdso]\n"
		   "not a line\n"
		   "7f10-7f20 r-xp 0000",
		   &maps);
	assert_int_equal(maps.files.n, 2);
	assert_int_equal(maps.files.at[0].inode, 77);
	assert_int_equal(maps.files.at[0].start, 0x55d8);
	assert_int_equal(maps.files.at[0].dev, 0xfdull << 20 | 1);
	assert_int_equal(maps.files.at[1].inode, 78);
	maps_done(&maps);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),	    cmocka_unit_test(test_growth),
		cmocka_unit_test(test_growth_name), cmocka_unit_test(test_calibrate),
		cmocka_unit_test(test_execs),	    cmocka_unit_test(test_maps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
