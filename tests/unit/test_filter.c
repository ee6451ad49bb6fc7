// SPDX-License-Identifier: GPL-2.0-or-later
/* Choosing samples. */
#include "model.h"

#include <errno.h>

#include "model/filter.h"

static struct profile *sample_profile(void)
{
	struct profile *p = model_cpu();

	model_add(p, "libc!malloc;app!work;app!main", "pid=7,comm=app", 1, 10);
	model_add(p, "app!work;app!main", "pid=7,comm=app,container=shop,container_id=abcdef0123",
		  2, 20);
	model_add(p, "k!schedule;db!+1234", "pid=8,comm=db,container=base,container_id=abc9", 4,
		  40);
	model_add(p, "inner<outer;text!main", "pid=text,comm=other", 8, 80);
	model_add(p, "", "", 16, 160);
	return p;
}

/* Fields of a struct filter. */
#define NAMED(...)                                                                                 \
	.containers = (const char *const[]){__VA_ARGS__},                                          \
	.n_containers = sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *)

/* Which samples stay, as the sum of their first values: one bit each. */
static int64_t kept(const struct filter *f)
{
	struct profile *p = sample_profile(), *chosen;
	struct buf why = {0};
	int64_t sum;

	assert_int_equal(filter_run(f, p, &chosen, &why), 0);
	sum = profile_total(chosen, 0);
	assert_int_equal(profile_total(chosen, 1), sum * 10);
	assert_int_equal(profile_total(p, 0), 31);
	profile_free(chosen);
	profile_free(p);
	buf_done(&why);
	return sum;
}

static void test_labels(void **state)
{
	const uint64_t pids[] = {8, 99}, seven[] = {7};

	(void)state;
	assert_int_equal(kept(&(struct filter){0}), 31);
	assert_int_equal(kept(&(struct filter){.pids = pids, .n_pids = 2}), 4);
	assert_int_equal(kept(&(struct filter){.pids = seven, .n_pids = 1}), 3);
	assert_int_equal(kept(&(struct filter){.pids = pids + 1, .n_pids = 1}), 0);
	assert_int_equal(kept(&(struct filter){.comm = "app"}), 3);
	assert_int_equal(kept(&(struct filter){.comm = "ap"}), 0);
	assert_int_equal(kept(&(struct filter){NAMED("shop")}), 2);
	assert_int_equal(kept(&(struct filter){NAMED("sh*")}), 2);
	assert_int_equal(kept(&(struct filter){NAMED("*")}), 6);
	assert_int_equal(kept(&(struct filter){NAMED("abcdef")}), 2);
	assert_int_equal(kept(&(struct filter){NAMED("abc")}), 0); /* too short for an id */
	assert_int_equal(kept(&(struct filter){NAMED("abc9")}), 4);
	assert_int_equal(kept(&(struct filter){.comm = "app", NAMED("shop")}), 2);
	/* Any of several, however each is meant. */
	assert_int_equal(kept(&(struct filter){NAMED("nobody", "sh*")}), 2);
	assert_int_equal(kept(&(struct filter){NAMED("shop", "abc9")}), 6);
	assert_int_equal(kept(&(struct filter){NAMED("nobody", "abc")}), 0);
}

static void test_patterns(void **state)
{
	(void)state;
	assert_int_equal(kept(&(struct filter){.focus = "^malloc$"}), 1);
	assert_int_equal(kept(&(struct filter){.focus = "main"}), 11);
	assert_int_equal(kept(&(struct filter){.ignore = "main"}), 20);
	assert_int_equal(kept(&(struct filter){.focus = "main", .ignore = "work"}), 8);
	assert_int_equal(kept(&(struct filter){.focus = "outer|malloc"}), 9);
	assert_int_equal(kept(&(struct filter){.focus = "^db$"}), 4);  /* a module without names */
	assert_int_equal(kept(&(struct filter){.focus = "^app$"}), 0); /* a module with names */
	assert_int_equal(kept(&(struct filter){.focus = "."}), 15);
}

static void test_text_pid(void **state)
{
	struct profile *p = model_cpu(), *chosen;
	const uint64_t pid = 42;
	struct filter f = {.pids = &pid, .n_pids = 1};
	struct profile_label label = {.key = profile_string(p, "pid"),
				      .str = profile_string(p, "42")};
	int64_t values[PROFILE_MAX_VALUES] = {1, 1};
	struct buf why = {0};

	(void)state;
	profile_add_sample(p, model_stack(p, "f"), profile_add_labels(p, &label, 1), values);
	assert_int_equal(filter_run(&f, p, &chosen, &why), 0);
	assert_int_equal(chosen->samples.n, 1);
	profile_free(chosen);
	profile_free(p);
}

static void test_bad_pattern(void **state)
{
	struct filter bad[] = {{.focus = "("}, {.ignore = "["}};
	const char *names[] = {"focus '('", "ignore '['"};
	struct profile *p = sample_profile(), *chosen = NULL;

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct buf why = {0};

		assert_int_equal(filter_run(&bad[i], p, &chosen, &why), -EINVAL);
		assert_null(chosen);
		assert_non_null(strstr(buf_str(&why), names[i]));
		buf_done(&why);
	}
	profile_free(p);
}

/* What is left holds nothing that no sample needs. */
static void test_compact(void **state)
{
	struct profile *p = sample_profile(), *chosen;
	struct filter f = {.comm = "db"};
	struct buf why = {0};

	(void)state;
	assert_false(filter_is_empty(&f));
	assert_int_equal(filter_run(&f, p, &chosen, &why), 0);
	assert_int_equal(chosen->locations.n, 2);
	assert_int_equal(chosen->functions.n, 1);
	assert_int_equal(intern_find(&chosen->strings, "malloc"), HASH_NONE);
	profile_free(chosen);
	profile_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_labels),	 cmocka_unit_test(test_patterns),
		cmocka_unit_test(test_text_pid), cmocka_unit_test(test_bad_pattern),
		cmocka_unit_test(test_compact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
