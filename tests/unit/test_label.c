// SPDX-License-Identifier: GPL-2.0-or-later
/* Text for terminals: what it lets through, how wide it is, where it breaks; numbers for people. */
#include "model.h"

#include "out/label.h"
#include "out/scale.h"

#define BAD "\xef\xbf\xbd"

static void expect_fit(const char *text, size_t width, const char *expected)
{
	struct buf out = {0};

	label_fit(&out, text, width);
	assert_string_equal(buf_str(&out), expected);
	if (width)
		assert_true(label_width(buf_str(&out)) <= width);
	buf_done(&out);
}

static void test_clean(void **state)
{
	static const char *const pairs[][2] = {
		{"plain", "plain"},
		{"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f"},
		{"\xf0\x9f\x90\x9d", "\xf0\x9f\x90\x9d"},
		{"\033[2Jx\ny\tz\x7f", "?[2Jx?y?z?"},
		{"\xc2\x9b"
		 "2J",
		 "?2J"}, /* an escape in one character */
		{"a\xe2\x80\xae"
		 "b",
		 "a?b"}, /* right to left from here */
		{"\xff", BAD},
		{"\xc3", BAD}, /* cut short */
		{"\xe2\x82", BAD BAD},
		{"\xc0\xaf", BAD BAD},		       /* longer than need be */
		{"\xed\xa0\x80", BAD BAD BAD},	       /* half of a pair */
		{"\xf4\x90\x80\x80", BAD BAD BAD BAD}, /* past the last character */
		{"\xe2\x28\xa1", BAD "(" BAD},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		expect_fit(pairs[i][0], 0, pairs[i][1]);
}

static void test_utf8_keeps_controls(void **state)
{
	struct buf out = {0};

	(void)state;
	label_utf8(&out, "a\033b\xff");
	assert_string_equal(buf_str(&out), "a\033b" BAD);
	buf_done(&out);
}

static void test_fit(void **state)
{
	(void)state;
	expect_fit("abcdefghij", 10, "abcdefghij");
	expect_fit("abcdefghij", 9, "abcd" LABEL_ELLIPSIS "ghij");
	expect_fit("abcdefghij", 4, "ab" LABEL_ELLIPSIS "j");
	expect_fit("abcdefghij", 1, LABEL_ELLIPSIS);
	expect_fit("\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f\xc3\xa9", 4,
		   "\xc3\xa4\xc3\xb6" LABEL_ELLIPSIS "\xc3\xa9");
	expect_fit("", 3, "");
	/* two columns each: half a character is none */
	expect_fit("\u65e5\u672c\u8a9e", 6, "\u65e5\u672c\u8a9e");
	expect_fit("\u65e5\u672c\u8a9e", 5, "\u65e5" LABEL_ELLIPSIS "\u8a9e");
	expect_fit("\u65e5\u672c\u8a9e", 4, "\u65e5" LABEL_ELLIPSIS);
	expect_fit("ab\u65e5\u672c", 3, "a" LABEL_ELLIPSIS);
	/* an accent goes with its letter */
	expect_fit("e\u0301e\u0301e\u0301", 3, "e\u0301e\u0301e\u0301");
	expect_fit("e\u0301e\u0301e\u0301", 2, "e\u0301" LABEL_ELLIPSIS);
}

static void test_width(void **state)
{
	(void)state;
	assert_int_equal(label_width(""), 0);
	assert_int_equal(label_width("a\u00e4\u2026"), 3);
	assert_int_equal(label_width("\u65e5\u672c\u8a9e (1)"), 10);
	assert_int_equal(label_width("\uac00\uff21\U0001f600"), 6);
	assert_int_equal(label_width("e\u0301"), 1);
	assert_int_equal(label_width("\xff\xe6\x97"), 3); /* each becomes U+FFFD */
}

static void test_align(void **state)
{
	struct buf out = {0};
	size_t from;

	(void)state;
	buf_puts(&out, "x");
	from = out.len;
	buf_puts(&out, "\xc3\xa4");
	label_align_right(&out, from, 3);
	from = out.len;
	buf_puts(&out, "b");
	label_align_left(&out, from, 3);
	label_align_left(&out, from, 2);
	label_align_right(&out, from, 2);
	assert_string_equal(buf_str(&out), "x  \xc3\xa4"
					   "b  ");
	buf_done(&out);
}

static void expect_wrap(const char *text, size_t columns, const char *expected)
{
	struct buf out = {0};

	label_wrap(&out, text, 2, false, columns);
	assert_string_equal(buf_str(&out), expected);
	buf_done(&out);
}

static void test_wrap(void **state)
{
	struct buf out = {0};

	(void)state;
	expect_wrap("one two three four", 0, "one two three four\n");
	expect_wrap("one two three four", 9, "one two\n  three\n  four\n");
	expect_wrap("one two 21.5 MiB", 12, "one two\n  21.5 MiB\n");
	expect_wrap("averyverylongword x", 6, "averyverylongword\n  x\n");
	expect_wrap("", 6, "\n");
	expect_wrap("a\nb", 80, "a?b\n");
	label_wrap(&out, "one two", 2, true, 6);
	assert_string_equal(buf_str(&out), "  one\n  two\n");
	buf_done(&out);
}

static void expect_scale(const char *unit, int64_t largest, int64_t value, const char *expected)
{
	struct scale scale = scale_for(unit, largest);
	struct buf out = {0};

	scale_value(&scale, value, &out);
	assert_string_equal(buf_str(&out), expected);
	buf_done(&out);
}

static void test_scale(void **state)
{
	(void)state;
	expect_scale("nanoseconds", 999, 999, "999 ns");
	expect_scale("nanoseconds", 12340000, 1234000, "1.234 ms");
	expect_scale("nanoseconds", 12345000000, 5000000, "0.005 s");
	expect_scale("nanoseconds", 20000000000000, 12345678000000, "12345.7 s");
	expect_scale("nanoseconds", -5000000000, -1500000000, "-1.500 s");
	expect_scale("microseconds", 1500, 1500, "1.500 ms");
	expect_scale("microseconds", 15, 15, "15 us");
	expect_scale("milliseconds", 15000, 1500, "1.500 s");
	expect_scale("bytes", 1023, 1023, "1023 B");
	expect_scale("bytes", 3 << 20, 1536 << 10, "1.50 MiB");
	expect_scale("bytes", INT64_MIN, INT64_MIN, "-8388608.0 TiB");
	expect_scale("count", 1234567890, 1234567, "1234567");
	expect_scale("cycles", 17, 17, "17 cycles");
	expect_scale("", 17, 17, "17");
	expect_scale("ev\033il", 1, 1, "1 ev?il");
}

static void test_percent(void **state)
{
	struct buf out = {0};

	(void)state;
	scale_percent_print(1, 3, &out);
	assert_string_equal(buf_str(&out), " 33.3 %");
	buf_clear(&out);
	scale_percent_print(5, 0, &out);
	assert_string_equal(buf_str(&out), "  0.0 %");
	buf_clear(&out);
	scale_percent_print(7, 7, &out);
	assert_string_equal(buf_str(&out), "100.0 %");
	buf_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clean), cmocka_unit_test(test_utf8_keeps_controls),
		cmocka_unit_test(test_fit),   cmocka_unit_test(test_width),
		cmocka_unit_test(test_align), cmocka_unit_test(test_wrap),
		cmocka_unit_test(test_scale), cmocka_unit_test(test_percent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
