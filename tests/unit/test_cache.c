// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sym/cache.h"

#define NAMES 1000 /* bytes of each table */

static struct symtab table(char mark)
{
	struct symtab t = {0};

	for (int i = 0; i < NAMES; i++)
		buf_putc(&t.names, mark);
	return t;
}

static void put(struct cache *c, const char *key)
{
	struct symtab t = table(key[0]);
	const struct symtab *kept = cache_put(c, key, &t);

	assert_null(t.names.data);
	assert_int_equal(kept->names.data[0], key[0]);
}

static void test_limit(void **state)
{
	struct symtab one = table('x');
	struct cache c;

	(void)state;
	cache_init(&c, 3 * symtab_bytes(&one));
	assert_null(cache_find(&c, "a"));
	put(&c, "a");
	put(&c, "b");
	put(&c, "c");
	assert_non_null(cache_find(&c, "a")); /* b is the oldest now */
	put(&c, "d");
	assert_null(cache_find(&c, "b"));
	assert_int_equal(cache_find(&c, "a")->names.data[0], 'a');
	assert_int_equal(cache_find(&c, "c")->names.data[0], 'c');
	assert_int_equal(cache_find(&c, "d")->names.data[0], 'd');
	assert_int_equal(c.bytes, 3 * symtab_bytes(&one));
	cache_done(&c);
	symtab_done(&one);
}

/* One that is larger than everything allowed is still handed out, alone. */
static void test_large(void **state)
{
	struct cache c;

	(void)state;
	cache_init(&c, 10);
	put(&c, "a");
	assert_non_null(cache_find(&c, "a"));
	put(&c, "b");
	assert_null(cache_find(&c, "a"));
	assert_non_null(cache_find(&c, "b"));
	assert_int_equal(c.entries.n, 1);
	cache_done(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
