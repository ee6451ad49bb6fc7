// SPDX-License-Identifier: GPL-2.0-or-later
/* Buffers and vectors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "util/buf.h"
#include "util/vec.h"

static void test_buf_grows(void **state)
{
	struct buf b = {0};

	(void)state;
	assert_string_equal(buf_str(&b), "");
	buf_add(&b, "", 0);
	assert_string_equal(buf_str(&b), "");
	for (int i = 0; i < 10000; i++)
		buf_printf(&b, "%d,", i % 10);
	assert_int_equal(b.len, 20000);
	assert_int_equal(b.data[b.len], 0);
	assert_memory_equal(b.data + 19990, "5,6,7,8,9,", 10);
	buf_clear(&b);
	assert_int_equal(b.len, 0);
	buf_puts(&b, "ab");
	buf_putc(&b, 'c');
	assert_string_equal(buf_str(&b), "abc");
	buf_done(&b);
	assert_null(b.data);
	assert_int_equal(b.cap, 0);
}

static void test_buf_keeps_nul(void **state)
{
	struct buf b = {0};

	(void)state;
	buf_add(&b, "a\0b", 3);
	buf_printf(&b, "%s", "");
	assert_int_equal(b.len, 3);
	assert_memory_equal(b.data, "a\0b", 4);
	buf_done(&b);
}

static void test_vec(void **state)
{
	VEC(int) v = {0};
	int more[] = {7, 8, 9}, *it, sum = 0;

	(void)state;
	vec_each(it, &v)
		fail();
	for (int i = 0; i < 1000; i++)
		vec_push(&v, i);
	vec_append(&v, more, 3);
	vec_append(&v, more, 0);
	assert_int_equal(v.n, 1003);
	assert_int_equal(v.at[1002], 9);
	vec_each(it, &v)
		sum += *it;
	assert_int_equal(sum, 999 * 1000 / 2 + 24);
	vec_done(&v);
	assert_int_equal(v.n, 0);
	assert_null(v.at);
}

static void test_vec_reserve(void **state)
{
	VEC(uint64_t) v = {0};
	uint64_t *before;

	(void)state;
	vec_reserve(&v, 100);
	assert_true(v.cap >= 100);
	before = v.at;
	for (uint64_t i = 0; i < 100; i++)
		vec_push(&v, i);
	assert_ptr_equal(v.at, before);
	vec_done(&v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_buf_grows),
		cmocka_unit_test(test_buf_keeps_nul),
		cmocka_unit_test(test_vec),
		cmocka_unit_test(test_vec_reserve),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
