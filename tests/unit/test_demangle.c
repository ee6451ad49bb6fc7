// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sym/demangle.h"
#include "sym/text.h"

static void test_names(void **state)
{
	static const char *const names[][2] = {
		{"_Z3foov", "foo()"},
		{"_ZN3foo3barEi", "foo::bar(int)"},
		{"_ZNKSt6vectorIiSaIiEE4sizeEv",
		 "std::vector<int, std::allocator<int> >::size() const"},
		{"_ZN1AC2ERKS_", "A::A(A const&)"},
		{"_ZZ4mainENKUlvE_clEv", "main::{lambda()#1}::operator()() const"},
		{"_Z3fooi.cold", "foo(int) [clone .cold]"},
		{"_Z1fIJidEEvDpT_", "void f<int, double>(int, double)"},
		{"_ZN4core3fmt5Write9write_fmt17h0123456789abcdefE", "core::fmt::Write::write_fmt"},
		{"_ZN71_$LT$std..io..Stdout$u20$as$u20$std..io..Write$GT$"
		 "5flush17h0123456789abcdeaE",
		 NULL}, /* a wrong length is no Rust name */
		{"_RNvC6_123foo3bar", "123foo::bar"},
		{"_RNvNtCs1234_7mycrate3foo3bar", "mycrate::foo::bar"},
		{"_Dmain", "D main"},
		{"_D3std5stdio4File5writeMFAxaZv", "std.stdio.File.write(const(char)[])"},
		{"_D3hot__T3BoxTkZQh4workMFNaNbNiNfkZk", "hot.Box!(uint).Box.work(uint)"},
		{"_D", NULL},
		{"_D3", NULL},
		{"_D9zzz", NULL},
		{"_Dunno", NULL},
		{"main", NULL},
		{"", NULL},
		{"_", NULL},
		{"_Z", NULL},
		{"_R", NULL},
		{"_Zwhatever", NULL},
		{"_ZN3fooE\x80", NULL},
	};
	struct buf out = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		bool ok = demangle_name(names[i][0], &out);

		if (!names[i][1])
			assert_false(ok);
		else
			assert_true(ok);
		if (ok)
			assert_string_equal(buf_str(&out), names[i][1]);
	}
	buf_done(&out);
}

/* S_, S0_, S1_, ... */
static void put_substitution(struct buf *b, unsigned int i)
{
	static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

	if (!i)
		buf_puts(b, "S_");
	else if (i <= 36)
		buf_printf(b, "S%c_", digits[i - 1]);
	else
		buf_printf(b, "S%c%c_", digits[(i - 1) / 36], digits[(i - 1) % 36]);
}

/* P<B, B>, then P of two of those, and so on: each level doubles what there is to print. */
static void put_doubling(struct buf *b, unsigned int levels)
{
	unsigned int i;

	buf_puts(b, "1B1PIS_S_E"); /* S_: B, S0_: P, S1_: P<B, B> */
	for (i = 1; i < levels; i++) {
		put_substitution(b, 1);
		buf_puts(b, "I");
		put_substitution(b, i + 1);
		put_substitution(b, i + 1);
		buf_puts(b, "E");
	}
}

static double seconds_of(const char *name, bool *ret_ok)
{
	struct buf out = {0};
	struct timespec a, b;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
	*ret_ok = demangle_name(name, &out);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
	assert_true(out.len <= DEMANGLE_MAX_OUTPUT);
	buf_done(&out);
	return (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9;
}

static void assert_given_up(const char *name)
{
	bool ok;

	assert_true(seconds_of(name, &ok) < 1);
	assert_false(ok);
}

static void test_bombs(void **state)
{
	struct buf name = {0};
	bool ok;

	(void)state;
	buf_puts(&name, "_Z1f");
	put_doubling(&name, 4);
	seconds_of(buf_str(&name), &ok);
	assert_true(ok);

	buf_clear(&name);
	buf_puts(&name, "_Z1f");
	put_doubling(&name, 80);
	assert_given_up(buf_str(&name));

	/* The same as what a parameter pack is searched in: nothing is printed meanwhile. */
	buf_clear(&name);
	buf_puts(&name, "_Z1fPKDpN1XE");
	put_doubling(&name, 80);
	buf_puts(&name, "DpS1_");
	assert_given_up(buf_str(&name));

	/* A conversion operator to a template parameter names itself. */
	buf_clear(&name);
	buf_puts(&name, "_ZN1AcvT_I");
	for (int i = 0; i < 40; i++)
		buf_puts(&name, "ZN1AcvT_I");
	buf_puts(&name, "i");
	for (int i = 0; i < 40; i++)
		buf_puts(&name, "EEvE1B");
	buf_puts(&name, "EEv");
	assert_given_up(buf_str(&name));
	buf_done(&name);
}

/* Rust's back references are positions in the name. */
static void test_rust_bomb(void **state)
{
	static const char digits[] =
		"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	struct buf name = {0};
	size_t previous, here;

	(void)state;
	buf_puts(&name, "_RINvC1a1f");
	previous = name.len - 2;
	buf_puts(&name, "Tuu"
			"E");
	for (int i = 0; i < 40; i++) {
		here = name.len - 2;
		buf_puts(&name, "T");
		for (int k = 0; k < 2; k++) {
			size_t v = previous - 1;

			buf_puts(&name, "B");
			if (v >= 62)
				buf_putc(&name, digits[v / 62]);
			buf_printf(&name, "%c_", digits[v % 62]);
		}
		buf_puts(&name, "E");
		previous = here;
	}
	buf_puts(&name, "E");
	assert_given_up(buf_str(&name));
	buf_done(&name);
}

/* A tuple of two references to the tuple before it, and so on. */
static void test_d_bomb(void **state)
{
	struct buf name = {0};
	size_t previous, here;
	bool ok;

	(void)state;
	for (int levels = 3; levels <= 60; levels += 57) {
		buf_clear(&name);
		buf_puts(&name, "_D1fF");
		previous = name.len;
		buf_puts(&name, "B2ii");
		for (int i = 0; i < levels; i++) {
			here = name.len;
			buf_puts(&name, "B2");
			for (int k = 0; k < 2; k++) {
				size_t back = name.len - previous;

				assert_true(back < 26);
				buf_printf(&name, "Q%c", (char)('a' + back));
			}
			previous = here;
		}
		buf_puts(&name, "Zv");
		if (levels > 3)
			assert_given_up(buf_str(&name));
		else
			assert_true(seconds_of(buf_str(&name), &ok) < 1 && ok);
	}
	/* Each length may be read in two ways. */
	buf_clear(&name);
	buf_puts(&name, "_D");
	for (int i = 0; i < 60; i++)
		buf_puts(&name, "9__T1aS999");
	assert_given_up(buf_str(&name));
	buf_done(&name);
}

static void test_ada(void **state)
{
	static const char *const names[][2] = {
		{"_ada_spin", "spin"},
		{"spin__worker__turn.0", "spin.worker.turn"},
		{"ada__calendar__Oadd", "ada.calendar.\"+\""},
		{"system__tasking__stages__create_taskXn", "system.tasking.stages.create_task"},
		{"__gnat_malloc", NULL},
		{"foo__Bar", NULL},
		{"memcpy", NULL},
		{"", NULL},
		{"__", NULL},
	};
	struct buf out = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		bool ok = demangle_ada(names[i][0], &out);

		assert_int_equal(ok, names[i][1] != NULL);
		if (ok)
			assert_string_equal(buf_str(&out), names[i][1]);
	}
	/* Not in any other binary. */
	assert_false(demangle_name("spin__worker__turn", &out));
	buf_done(&out);
}

static void test_long(void **state)
{
	struct buf name = {0}, out = {0};

	(void)state;
	/* Deeply nested, but within the length: pointers to pointers. */
	buf_puts(&name, "_Z1f");
	for (int i = 0; i < DEMANGLE_MAX_INPUT - 5; i++)
		buf_putc(&name, 'P');
	buf_putc(&name, 'i');
	assert_int_equal(name.len, DEMANGLE_MAX_INPUT);
	demangle_name(buf_str(&name), &out);
	buf_done(&out);
	buf_putc(&name, 'i');
	assert_given_up(buf_str(&name));
	buf_done(&name);
}

/* Beginnings of real names with random ends. */
static void test_random(void **state)
{
	static const char alphabet[] = "NSISaEDpT_S0_KRPZcvLXJ12abC1iv3fooUlv_stdtFsr";
	struct buf out = {0};
	uint64_t seed = 3;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		char name[128] = "_ZN3foo3barI";
		size_t n = i % 2 ? 2 : 12, len;

		if (i % 5 == 0)
			name[1] = 'R';
		seed = seed * 6364136223846793005ull + 1442695040888963407ull;
		for (len = n + (seed >> 40) % 100; n < len; n++) {
			seed = seed * 6364136223846793005ull + 1442695040888963407ull;
			name[n] = alphabet[(seed >> 33) % (sizeof(alphabet) - 1)];
		}
		name[n] = '\0';
		demangle_name(name, &out);
		assert_true(out.len <= DEMANGLE_MAX_OUTPUT);
	}
	buf_done(&out);
}

static void test_text(void **state)
{
	static const char *const texts[][2] = {
		{"plain", "plain"},
		{"a\nb\tc\033[31m\x7f", "a?b?c?[31m?"},
		{"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80",
		 "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80"},
		{"\xc3", "?"},
		{"\xe2\x82", "??"},
		{"\xc0\xaf", "??"},	      /* overlong */
		{"\xed\xa0\x80", "???"},      /* a surrogate */
		{"\xf5\x80\x80\x80", "????"}, /* above U+10FFFF */
		{"\xc2\x9b"
		 "31m",
		 "??31m"}, /* CSI as one character */
		{"\xff\xfe"
		 "a\x80",
		 "??a?"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char text[64];

		strcpy(text, texts[i][0]);
		text_clean(text, strlen(text));
		assert_string_equal(text, texts[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),	  cmocka_unit_test(test_bombs),
		cmocka_unit_test(test_rust_bomb), cmocka_unit_test(test_d_bomb),
		cmocka_unit_test(test_ada),	  cmocka_unit_test(test_long),
		cmocka_unit_test(test_random),	  cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
