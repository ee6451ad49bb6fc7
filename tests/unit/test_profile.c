// SPDX-License-Identifier: GPL-2.0-or-later
/* The profile in memory: everything once; and merging two of them. */
#include "model.h"

#include <errno.h>

#include "model/merge.h"

static void test_types(void **state)
{
	struct profile *p = profile_new();
	char name[16];

	(void)state;
	for (int i = 0; i < PROFILE_MAX_VALUES; i++) {
		snprintf(name, sizeof(name), "t%d", i);
		assert_int_equal(profile_add_type(p, name, "count"), 0);
		assert_int_equal(p->default_type, i);
	}
	assert_int_equal(profile_add_type(p, "more", "count"), -E2BIG);
	assert_int_equal(p->n_types, PROFILE_MAX_VALUES);
	assert_int_equal(profile_find_type(p, "t3"), 3);
	assert_int_equal(profile_find_type(p, "more"), PROFILE_NONE);
	profile_free(p);
	profile_free(NULL);
}

static void test_once(void **state)
{
	struct profile *p = model_cpu();
	uint32_t stack = model_stack(p, "a!f;a!g");
	uint32_t labels = model_labels(p, "pid=7,comm=x");

	(void)state;
	assert_int_equal(model_stack(p, "a!f;a!g"), stack);
	assert_int_not_equal(model_stack(p, "a!g;a!f"), stack);
	assert_int_not_equal(model_stack(p, "a!f"), stack);
	assert_int_not_equal(model_stack(p, ""), stack);
	assert_int_equal(model_stack(p, ""), model_stack(p, ""));
	assert_int_equal(model_labels(p, "comm=x,pid=7"), labels);
	assert_int_not_equal(model_labels(p, "comm=x,pid=8"), labels);
	assert_int_not_equal(model_labels(p, "comm=x"), labels);
	assert_int_equal(p->locations.n, 2);
	assert_int_equal(p->functions.n, 2);
	assert_int_equal(p->mappings.n, 1);
	assert_int_equal(profile_new_location(p, 0, p->locations.at[0].address), 2);
	assert_int_equal(profile_add_location(p, 0, p->locations.at[0].address), 0);
	assert_int_equal(profile_new_mapping(p, &p->mappings.at[0]), 1);
	profile_free(p);
}

static void test_samples_sum(void **state)
{
	struct profile *p = model_cpu();

	(void)state;
	model_add(p, "f;g", "pid=1", 1, 10);
	model_add(p, "f;g", "pid=1", 2, 20);
	model_add(p, "f;g", "pid=2", 4, 40);
	model_add(p, "f", "pid=1", INT64_MAX, INT64_MIN);
	model_add(p, "f", "pid=1", 5, -5);
	assert_int_equal(p->samples.n, 3);
	assert_int_equal(p->samples.at[0].values[0], 3);
	assert_int_equal(p->samples.at[0].values[1], 30);
	assert_true(p->samples.at[2].values[0] == INT64_MAX);
	assert_true(p->samples.at[2].values[1] == INT64_MIN);
	assert_true(profile_total(p, 0) == INT64_MAX);
	profile_free(p);
}

static void test_label(void **state)
{
	struct profile *p = model_cpu();
	uint32_t set = model_labels(p, "zeta=last,pid=7,comm=x");
	const struct profile_label *l = profile_label(p, set, intern_find(&p->strings, "pid"));

	(void)state;
	assert_non_null(l);
	assert_int_equal(l->num, 7);
	assert_null(profile_label(p, set, intern_find(&p->strings, "absent")));
	assert_null(profile_label(p, 99, l->key));
	for (uint32_t i = 1; i < 3; i++)
		assert_true(p->labels.at[i - 1].key < p->labels.at[i].key);
	profile_free(p);
}

static void test_merge(void **state)
{
	struct profile *a = model_cpu(), *b = model_cpu(), *sum = profile_new();
	struct merge m;

	(void)state;
	model_add(a, "x!f;x!g", "pid=1,comm=x", 1, 10);
	model_add(b, "y!h", "comm=y", 8, 80); /* other numbers for everything */
	model_add(b, "x!f;x!g", "comm=x,pid=1", 2, 20);
	a->time_ns = 500;
	b->time_ns = 300;
	a->duration_ns = b->duration_ns = 1000;
	a->period = 10;
	profile_add_comment(a, "both");
	profile_add_comment(a, "of a");
	profile_add_comment(b, "both");
	merge_init(&m, sum);
	assert_int_equal(merge_add(&m, a, NULL, NULL), 0);
	assert_int_equal(merge_add(&m, b, NULL, NULL), 0);
	merge_done(&m);
	assert_int_equal(sum->samples.n, 2);
	assert_int_equal(sum->samples.at[0].values[1], 30);
	assert_int_equal(sum->locations.n, 3);
	assert_int_equal(sum->mappings.n, 2);
	assert_int_equal(sum->time_ns, 300);
	assert_int_equal(sum->duration_ns, 2000);
	assert_int_equal(sum->period, 10);
	assert_int_equal(sum->comments.n, 2);
	assert_int_equal(sum->default_type, 1);
	profile_free(a);
	profile_free(b);
	profile_free(sum);
}

/* Interpreters give every frame address 0: the lines tell such locations apart. */
static void test_merge_same_address(void **state)
{
	struct profile *from = model_cpu(), *sum = profile_new();
	struct profile_line f = model_line(from, "f"), g = model_line(from, "gg");
	uint32_t at[2] = {profile_new_location(from, PROFILE_NONE, 0),
			  profile_new_location(from, PROFILE_NONE, 0)};
	int64_t values[PROFILE_MAX_VALUES] = {1, 1};
	struct merge m;

	(void)state;
	profile_set_lines(from, at[0], &f, 1);
	profile_set_lines(from, at[1], &g, 1);
	profile_add_sample(from, profile_add_stack(from, at, 2), model_labels(from, ""), values);
	merge_init(&m, sum);
	assert_int_equal(merge_add(&m, from, NULL, NULL), 0);
	assert_int_equal(merge_add(&m, from, NULL, NULL), 0);
	merge_done(&m);
	assert_int_equal(sum->locations.n, 2);
	assert_int_equal(sum->samples.n, 1);
	assert_int_equal(sum->samples.at[0].values[0], 2);
	profile_free(from);
	profile_free(sum);
}

static void test_merge_refuses(void **state)
{
	struct profile *a = model_cpu(), *b = model_new("cpu", "nanoseconds", "samples", "count");
	struct profile *sum = profile_new();
	struct merge m;

	(void)state;
	model_add(b, "f", "", 1, 1);
	merge_init(&m, sum);
	assert_int_equal(merge_add(&m, a, NULL, NULL), 0);
	assert_int_equal(merge_add(&m, b, NULL, NULL), -EINVAL);
	assert_int_equal(sum->samples.n, 0);
	merge_done(&m);
	profile_free(a);
	profile_free(b);
	profile_free(sum);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_types),	      cmocka_unit_test(test_once),
		cmocka_unit_test(test_samples_sum),   cmocka_unit_test(test_label),
		cmocka_unit_test(test_merge),	      cmocka_unit_test(test_merge_same_address),
		cmocka_unit_test(test_merge_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
