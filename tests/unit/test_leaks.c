// SPDX-License-Identifier: GPL-2.0-or-later
/* What is called a leak, and what is not; the file of it, and reading it from anybody. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/growth.h"
#include "model/leaks.h"
#include "out/growth_json.h"
#include "out/leaks_json.h"
#include "util/clock.h"
#include "util/mem.h"

#define SECONDS 100
#define START	(1000 * NSEC_PER_SEC)

enum shape { LEAK, FILLED, CACHE, SHORT, SHAPES };

/* A block a tenth of a second for each shape; blocks left are told at the end. */
static void live(struct leaks *l, enum shape shape)
{
	uint64_t ends = START + SECONDS * NSEC_PER_SEC;

	for (int i = 0; i < SECONDS * 10; i++) {
		uint64_t now = START + (uint64_t)i * NSEC_PER_SEC / 10, free_at = UINT64_MAX;
		struct leak_site *site = leaks_site(l, 5, 1, shape);

		if (shape == FILLED && i > 100)
			break;
		if (shape == CACHE)
			free_at = now + 10 * NSEC_PER_SEC;
		if (shape == SHORT)
			free_at = now + NSEC_PER_SEC / 20;
		leaks_change(l, site, now, 1000);
		if (free_at < ends)
			leaks_change(l, site, free_at, -1000);
	}
}

static void left(struct leaks *l, enum shape shape)
{
	struct leak_site *site = leaks_site(l, 5, 1, shape);
	int first = shape == CACHE ? SECONDS * 10 - 100 : 0;
	int last = shape == FILLED ? 100 : shape == SHORT ? 0 : SECONDS * 10;

	for (int i = first; i < last; i++)
		leaks_left(l, site, START + (uint64_t)i * NSEC_PER_SEC / 10, 1, 1000);
}

static struct leaks *make(void)
{
	struct leaks *l = leaks_new(START);

	for (enum shape shape = 0; shape < SHAPES; shape++)
		live(l, shape);
	l->end = START + SECONDS * NSEC_PER_SEC;
	l->age = 50 * NSEC_PER_SEC;
	for (enum shape shape = 0; shape < SHAPES; shape++)
		left(l, shape);
	return l;
}

static void test_judge(void **state)
{
	struct leaks *l = make();

	(void)state;
	leaks_judge(l);
	assert_int_equal(l->sites.at[0].stack, LEAK);
	assert_true(l->sites.at[0].leaks && l->sites.at[0].grows);
	/* 10 blocks of 1000 bytes a second */
	assert_true(fabs(l->sites.at[0].bytes_a_minute - 600000) < 60000);
	assert_true(fabs(l->sites.at[0].old_bytes - 501000) < 1);
	for (size_t i = 1; i < l->sites.n; i++)
		assert_false(l->sites.at[i].leaks || l->sites.at[i].grows);
	assert_int_equal(l->sites.at[1].stack, FILLED);
	assert_true(fabs(l->sites.at[1].old_bytes - 100000) < 1);
	assert_true(l->slice * LEAKS_SLICES >= SECONDS * NSEC_PER_SEC);
	leaks_free(l);
}

static void test_short(void **state)
{
	struct leaks *l = leaks_new(START);
	struct leak_site *site = leaks_site(l, 1, 1, 1);

	(void)state;
	leaks_judge(l);
	assert_false(l->sites.at[0].leaks);
	site = leaks_site(l, 1, 1, 1);
	leaks_change(l, site, START - 5, 10); /* before the start, by another CPU's clock */
	leaks_change(l, site, START + 3600ull * 1000 * NSEC_PER_SEC, 10);
	leaks_left(l, site, l->end + 1, 1, 10);
	leaks_judge(l);
	assert_false(l->sites.at[0].leaks);
	leaks_free(l);
}

static void test_file(void **state)
{
	struct leaks *l = make();
	char *text = NULL, *shown = NULL;
	struct leaks *read;
	size_t size = 0, shown_size = 0;
	FILE *f = open_memstream(&text, &size);

	(void)state;
	leaks_site(l, 5, 1, LEAK)->text = mem_strdup("main;serve;keep");
	leaks_judge(l);
	assert_int_equal(leaks_json_write(l, f), 0);
	assert_int_equal(fclose(f), 0);
	f = open_memstream(&shown, &shown_size);
	assert_int_equal(leaks_json_print(text, size, 0, f), 0);
	assert_int_equal(fclose(f), 0);
	assert_non_null(strstr(shown, "1 stack leaks;"));
	assert_non_null(strstr(shown, "LEAK "));
	assert_non_null(strstr(shown, "      keep\n      serve\n      main\n"));
	free(shown);
	assert_int_equal(leaks_json_read(text, size, &read), 0);
	assert_int_equal(read->sites.n, l->sites.n - 1); /* all but what is not in use */
	assert_int_equal(read->age, l->age);
	assert_int_equal(read->end - read->start, l->end - l->start);
	assert_true(read->sites.at[0].leaks && read->sites.at[0].grows);
	assert_string_equal(read->sites.at[0].text, "main;serve;keep");
	for (int i = 0; i < LEAKS_AGES; i++)
		assert_true(fabs(read->sites.at[0].ages[i] - l->sites.at[0].ages[i]) < 1);
	leaks_free(read);
	free(text);
	leaks_free(l);
}

static void test_growth_file(void **state)
{
	struct growth *growth = growth_new(4096), *read;
	json_t *top = json_object(), *again;
	struct growth_sum others;
	char *text;

	(void)state;
	growth_add(growth, 7, 1, 10, 1, "one");
	growth_add(growth, 8, 1, 5, 1, "two");
	growth_add(growth, 9, 1, 2, 1, "three");
	growth_add(growth, 10, 1, 2, 1, "grew by one of two pages");
	growth_add(growth, 11, 1, 1, 1, "shrank");
	growth->list.at[3].rss_before = 4096;
	growth->list.at[3].rss_after = 8192;
	growth->list.at[4].rss_before = 9000;
	growth->list.at[4].rss_after = 0;
	growth->list.at[0].rss_after = 5000;
	growth->list.at[1].rss_before = 77;
	growth_sort(growth);
	json_object_set_new(top, "growth", growth_json(growth, 2));
	text = json_dumps(top, 0);
	assert_int_equal(growth_json_read(text, strlen(text), &read), 0);
	assert_int_equal(read->list.n, 2);
	assert_int_equal(growth_total(read), 15 * 4096);
	assert_int_equal(read->list.at[0].rss_after, 5000);
	assert_int_equal(read->list.at[0].rss_before, -1);
	assert_int_equal(read->list.at[1].rss_before, 77);
	growth_sum_from(read, read->list.n, &others);
	assert_int_equal(others.n, 3);
	assert_int_equal(others.given, 5 * 4096);
	assert_int_equal(others.kept, 4096);
	assert_int_equal(others.back, 2 * 4096);
	assert_int_equal(others.ended, 2 * 4096);
	assert_int_equal(others.change, 4096 - 9000);
	/* What is written of what was read is the same. */
	again = growth_json(read, 2);
	assert_true(json_equal(again, json_object_get(top, "growth")));
	json_decref(again);
	growth_free(read);
	free(text);
	json_decref(top);
	growth_free(growth);
}

static void test_growth_foreign(void **state)
{
	static const char odd[] = "{\"growth\": {\"given_bytes\": -5, \"processes\": [1, [], "
				  "{\"pid\": -1, \"comm\": 5, \"given_bytes\": 1e300}, "
				  "{\"comm\": \"a name longer than any\"}]}}";
	struct growth *read;

	(void)state;
	assert_int_equal(growth_json_read("", 0, &read), -EBADMSG);
	assert_int_equal(growth_json_read("[]", 2, &read), -EBADMSG);
	assert_int_equal(growth_json_read("{}", 2, &read), -ENOENT);
	assert_int_equal(growth_json_read(odd, strlen(odd), &read), 0);
	assert_int_equal(growth_total(read), 0);
	growth_free(read);
}

static void test_foreign(void **state)
{
	static const char *const texts[] = {
		"", "[]", "{", "{\"stacks\": 5}", "{\"schema\": 2, \"stacks\": []}",
	};
	static const char odd[] = "{\"schema\": 1, \"stacks\": [5, null, {\"stack\": 7}, "
				  "{\"stack\": \";;a;\", \"ages\": [], \"leak\": 3}]}";
	struct leaks *read;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(leaks_json_print(texts[i], strlen(texts[i]), 0, stdout), -EBADMSG);
		assert_int_equal(leaks_json_read(texts[i], strlen(texts[i]), &read), -EBADMSG);
	}
	assert_int_equal(leaks_json_print(odd, strlen(odd), 0, stdout), 0);
	assert_int_equal(leaks_json_read(odd, strlen(odd), &read), 0);
	assert_int_equal(read->sites.n, 4);
	leaks_free(read);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_judge),	    cmocka_unit_test(test_short),
		cmocka_unit_test(test_file),	    cmocka_unit_test(test_foreign),
		cmocka_unit_test(test_growth_file), cmocka_unit_test(test_growth_foreign),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
