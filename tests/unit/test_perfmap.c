// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sym/perfmap.h"
#include "util/clock.h"
#include "util/mem.h"

static struct symtab parse(const char *text)
{
	size_t n = strlen(text);
	char *copy = mem_alloc(n + 1);
	struct symtab t;

	memcpy(copy, text, n);
	perfmap_parse(copy, n, &t);
	return t;
}

static void assert_at(const struct symtab *t, uint64_t addr, const char *name)
{
	const struct symbol *s = symtab_find(t, addr, NULL);

	if (!name)
		assert_null(s);
	else
		assert_non_null(s);
	if (s)
		assert_string_equal(symtab_name(t, s), name);
}

static void test_lines(void **state)
{
	struct symtab t = parse("7f0000001000 20 LazyCompile:*foo /app/x.js:3:5\n"
				"0x7f0000000100 0x10 void a.B.c(int, long)\n"
				"\n"
				"no line at all\n"
				"7f0000002000\n"
				"7f0000002000 10\n"
				"7f0000002000 10 \n"
				"7f0000003000 0 empty\n"
				"-1 10 negative\n"
				"ffffffffffffffff 10 wraps\n"
				"10000000000000000 10 too big\n"
				"7f0000004000 8 py::f:/a@b.py\n"
				"7f0000005000 8 cut sho");

	(void)state;
	assert_at(&t, 0x7f0000001000, "LazyCompile:*foo /app/x.js:3:5");
	assert_at(&t, 0x7f000000101f, "LazyCompile:*foo /app/x.js:3:5");
	assert_at(&t, 0x7f0000001020, NULL);
	assert_at(&t, 0x7f000000010f, "void a.B.c(int, long)");
	assert_at(&t, 0x7f0000002000, NULL);
	assert_at(&t, 0x7f0000003000, NULL);
	assert_at(&t, 0x7f0000004007, "py::f:/a@b.py");
	assert_at(&t, 0x7f0000005000, NULL);
	assert_int_equal(t.symbols.n, 3);
	symtab_done(&t);
	t = parse("");
	assert_int_equal(t.symbols.n, 0);
	symtab_done(&t);
}

/* Code that was thrown away gave its place to other code. */
static void test_reused(void **state)
{
	struct symtab t = parse("1000 100 old\n" /* void: middle takes a part of it */
				"2000 100 kept\n"
				"10f0 20 middle\n" /* void as well */
				"1100 40 new\n"
				"3000 10 first\n"
				"3000 10 second\n");

	(void)state;
	assert_at(&t, 0x1000, NULL);
	assert_at(&t, 0x10ef, NULL);
	assert_at(&t, 0x10f0, NULL);
	assert_at(&t, 0x1100, "new");
	assert_at(&t, 0x113f, "new");
	assert_at(&t, 0x2050, "kept");
	assert_at(&t, 0x3000, "second");
	symtab_done(&t);
}

/* The plain way, a line at a time, gives the same. */
static void test_random(void **state)
{
	enum { LINES = 300, SPAN = 2000 };
	struct {
		unsigned int start, end;
	} lines[LINES];
	char text[LINES * 32];

	(void)state;
	srand(7);
	for (int round = 0; round < 50; round++) {
		struct symtab t;
		int n = 0;

		for (int i = 0; i < LINES; i++) {
			lines[i].start = (unsigned int)rand() % SPAN;
			lines[i].end = lines[i].start + 1 + (unsigned int)rand() % 20;
			n += sprintf(text + n, "%x %x f%d\n", lines[i].start,
				     lines[i].end - lines[i].start, i);
		}
		t = parse(text);
		for (unsigned int addr = 0; addr < SPAN + 20; addr++) {
			const char *expected = NULL;
			char name[16];
			int i, j;

			for (i = LINES - 1; i >= 0; i--)
				if (addr >= lines[i].start && addr < lines[i].end)
					break;
			/* Void when any part was taken by a later line. */
			for (j = i + 1; i >= 0 && j < LINES; j++)
				if (lines[j].start < lines[i].end && lines[j].end > lines[i].start)
					break;
			if (i >= 0 && j == LINES) {
				sprintf(name, "f%d", i);
				expected = name;
			}
			assert_at(&t, addr, expected);
		}
		symtab_done(&t);
	}
}

/* As large as is read, and larger, with every line on top of the one before: quick all the same. */
static void test_large(void **state)
{
	char path[] = "/tmp/hostprof-map-XXXXXX", line[64];
	int fd = mkstemp(path);
	uint64_t began;
	struct symtab t;
	FILE *f;

	(void)state;
	assert_true(fd >= 0);
	unlink(path);
	f = fdopen(dup(fd), "w");
	assert_non_null(f);
	for (int i = 0; i < 2000000; i++)
		fprintf(f, "%x 40 a_function_of_ordinary_length_%d\n", 0x1000 + i * 0x30, i);
	assert_int_equal(fclose(f), 0);
	began = clock_mono_ns();
	assert_int_equal(perfmap_read(fd, &t), 0);
	assert_true(clock_mono_ns() - began < 10 * NSEC_PER_SEC);
	/* Each takes the end of the one before. */
	assert_int_equal(t.symbols.n, 1);
	snprintf(line, sizeof(line), "a_function_of_ordinary_length_%d", 1999999);
	assert_at(&t, 0x1000 + 1999999 * 0x30ull, line);
	symtab_done(&t);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_reused),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
