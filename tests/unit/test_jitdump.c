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
#include <sys/mman.h>
#include <unistd.h>

#include "sym/jitdump.h"
#include "sym/namer.h"
#include "util/clock.h"
#include "util/mem.h"

static struct buf dump; /* what the makers below add to */

static void word(uint32_t value)
{
	buf_add(&dump, &value, 4);
}

static void quad(uint64_t value)
{
	buf_add(&dump, &value, 8);
}

static void header(uint64_t time, uint64_t flags)
{
	buf_clear(&dump);
	word(0x4a695444);
	word(1);
	word(40);
	word(62);
	word(0);
	word(99);
	quad(time);
	quad(flags);
}

static void prefix(uint32_t id, size_t size, uint64_t time)
{
	word(id);
	word((uint32_t)size + 16);
	quad(time);
}

static void load(uint64_t time, uint64_t start, uint64_t size, uint64_t index, const char *name)
{
	prefix(0, 40 + strlen(name) + 1 + 4, time);
	quad(0);
	quad(start);
	quad(start);
	quad(size);
	quad(index);
	buf_add(&dump, name, strlen(name) + 1);
	word(0x90909090); /* machine code */
}

static void move(uint64_t time, uint64_t from, uint64_t to, uint64_t size, uint64_t index)
{
	prefix(1, 48, time);
	quad(0);
	quad(to);
	quad(from);
	quad(to);
	quad(size);
	quad(index);
}

struct told {
	uint64_t address;
	uint32_t line;
	const char *file;
};

static void debug(uint64_t start, const struct told *told, size_t n)
{
	size_t size = 16, i;

	for (i = 0; i < n; i++)
		size += 16 + strlen(told[i].file) + 1;
	prefix(2, size, 1);
	quad(start);
	quad(n);
	for (i = 0; i < n; i++) {
		quad(told[i].address);
		word(told[i].line);
		word(0);
		buf_add(&dump, told[i].file, strlen(told[i].file) + 1);
	}
}

static int read_dump(uint64_t until, struct jitdump *d)
{
	int fd = memfd_create("dump", MFD_CLOEXEC), err;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, dump.data, dump.len), dump.len);
	err = jitdump_read(fd, until, d);
	close(fd);
	return err;
}

/* "name", or "name file:line" where there is a line; "" for nothing. */
static void assert_at(const struct jitdump *d, uint64_t address, const char *expected)
{
	const struct symbol *symbol = symtab_find(&d->symbols, address, NULL);
	struct place place = {.address = address};
	char text[256] = "";
	struct lines lines;

	jitdump_lines(d, &place, 1, &lines);
	if (symbol)
		snprintf(text, sizeof(text), "%s", symtab_name(&d->symbols, symbol));
	if (lines.spans.at[0].n)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), " %s:%u",
			 lines_text(&lines, lines.frames.at[0].file), lines.frames.at[0].line);
	lines_done(&lines);
	assert_string_equal(text, expected);
}

static void test_loads(void **state)
{
	struct jitdump d;

	(void)state;
	header(10, 0);
	load(20, 0x1000, 0x100, 1, "old");
	load(30, 0x2000, 0x100, 2, "two");
	load(40, 0x10f0, 0x20, 3, "over");
	load(5, 0x2010, 8, 4, "from before two"); /* written late by another thread */
	load(1000, 0x3000, 0x10, 5, "after the end");
	assert_int_equal(read_dump(100, &d), 0);
	assert_at(&d, 0x1000, "");
	assert_at(&d, 0x10f0, "over");
	assert_at(&d, 0x110f, "over");
	assert_at(&d, 0x1110, "");
	assert_at(&d, 0x2010, "two");
	assert_at(&d, 0x3000, "");
	jitdump_done(&d);
	/* The clock is another one: nothing is left out. */
	header(10, 1);
	load(1000, 0x3000, 0x10, 5, "after the end");
	assert_int_equal(read_dump(100, &d), 0);
	assert_at(&d, 0x3008, "after the end");
	jitdump_done(&d);
	header(500, 0);
	load(1000, 0x3000, 0x10, 5, "after the end");
	assert_int_equal(read_dump(100, &d), 0);
	assert_at(&d, 0x3008, "after the end");
	jitdump_done(&d);
}

static void test_moves(void **state)
{
	const struct told lines[] = {{0x1000, 7, "a.x"}, {0x1010, 9, "\xff"}, {0x1020, 1, "b.x"}};
	struct jitdump d;

	(void)state;
	header(1, 0);
	debug(0x1000, lines, 3);
	load(2, 0x1000, 0x30, 1, "f");
	move(3, 0x1000, 0x5000, 0x30, 1);
	move(4, 0x5000, 0x6000, 0x30, 1);
	move(4, 0x1234, 0x7000, 0x30, 1); /* not from there */
	move(4, 0x1000, 0x8000, 0x30, 2); /* never loaded */
	load(5, 0x5000, 0x30, 3, "g");
	assert_int_equal(read_dump(UINT64_MAX, &d), 0);
	assert_at(&d, 0x1000, "f a.x:7");
	assert_at(&d, 0x101f, "f a.x:9");
	assert_at(&d, 0x1020, "f b.x:1");
	assert_at(&d, 0x5000, "g");
	assert_at(&d, 0x6011, "f a.x:9");
	assert_at(&d, 0x7000, "");
	assert_at(&d, 0x8000, "");
	jitdump_done(&d);
}

static void test_lines(void **state)
{
	const struct told shifted[] = {{0x1040, 7, "a.x"}, {0x1050, 8, "a.x"}};
	const struct told late[] = {{0x2008, 3, "c.x"}};
	struct jitdump d;

	(void)state;
	/* As V8 does it. */
	header(1, 0);
	debug(0x1000, shifted, 2);
	load(1, 0x1000, 0x20, 1, "f");
	load(1, 0x1000, 0x20, 2, "again"); /* of which no lines were told */
	load(1, 0x3000, 0x20, 2, "other");
	assert_int_equal(read_dump(UINT64_MAX, &d), 0);
	assert_at(&d, 0x1000, "again");
	jitdump_done(&d);
	header(1, 0);
	debug(0x1000, shifted, 2);
	load(1, 0x1000, 0x20, 1, "f");
	assert_int_equal(read_dump(UINT64_MAX, &d), 0);
	assert_at(&d, 0x1000, "f a.x:7");
	assert_at(&d, 0x1010, "f a.x:8");
	jitdump_done(&d);
	/* A function that begins before its first line: nobody adds anything. */
	header(1, 0);
	debug(0x1000, shifted, 2);
	debug(0x2000, late, 1);
	load(1, 0x2000, 0x100, 2, "g");
	load(1, 0x1000, 0x100, 1, "f");
	assert_int_equal(read_dump(UINT64_MAX, &d), 0);
	assert_at(&d, 0x1000, "f");
	assert_at(&d, 0x1040, "f a.x:7");
	assert_at(&d, 0x2004, "g");
	assert_at(&d, 0x20ff, "g c.x:3");
	jitdump_done(&d);
	/* A record with names out of freed memory is senseless as a whole. */
	header(1, 0);
	debug(0x1000, shifted, 2);
	memcpy(dump.data + dump.len - 4, "\0\1\2", 3);
	load(1, 0x1000, 0x100, 1, "f");
	assert_int_equal(read_dump(UINT64_MAX, &d), 0);
	assert_at(&d, 0x1040, "f");
	jitdump_done(&d);
}

static void test_broken(void **state)
{
	struct jitdump d;
	size_t whole;

	(void)state;
	header(1, 0);
	dump.data[0] ^= 1;
	assert_int_equal(read_dump(UINT64_MAX, &d), -ENOEXEC);
	jitdump_done(&d);
	header(1, 0); /* of a machine of the other byte order */
	memcpy(dump.data, "JiTD", 4);
	assert_int_equal(read_dump(UINT64_MAX, &d), -ENOEXEC);
	jitdump_done(&d);
	header(1, 0);
	load(1, 0x1000, 0x100, 1, "f");
	load(1, 0x2000, 0, 2, "empty");
	load(1, UINT64_MAX - 8, 0x10, 3, "wraps");
	prefix(77, 8, 1); /* of a later version */
	quad(0);
	load(1, 0x3000, 0x100, 4, "g");
	whole = dump.len;
	load(1, 0x4000, 0x100, 5, "cut");
	dump.len -= 2;
	assert_int_equal(read_dump(UINT64_MAX, &d), 0);
	assert_int_equal(d.symbols.symbols.n, 2);
	assert_at(&d, 0x3000, "g");
	jitdump_done(&d);
	dump.len = whole;
	prefix(3, 0, 1);
	load(1, 0x4000, 0x100, 5, "closed before");
	assert_int_equal(read_dump(UINT64_MAX, &d), 0);
	assert_at(&d, 0x4000, "");
	jitdump_done(&d);
	header(1, 0);
	move(1, 0, 0, 8, 0);
	assert_int_equal(read_dump(UINT64_MAX, &d), 0);
	jitdump_done(&d);
}

/* More than is taken: what came first counts, soon. */
static void test_large(void **state)
{
	uint64_t began = clock_mono_ns();
	struct jitdump d;

	(void)state;
	header(1, 0);
	for (uint64_t i = 0; i < JITDUMP_MAX_CODES + 5; i++)
		load(i + 1, 0x1000 + i * 16, 16, 7, "f");
	assert_int_equal(read_dump(UINT64_MAX, &d), -EFBIG);
	assert_int_equal(d.symbols.symbols.n, JITDUMP_MAX_CODES);
	jitdump_done(&d);
	assert_true(clock_mono_ns() - began < 20 * NSEC_PER_SEC);
}

static int teardown(void **state)
{
	(void)state;
	buf_done(&dump);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_loads), cmocka_unit_test(test_moves),
		cmocka_unit_test(test_lines), cmocka_unit_test(test_broken),
		cmocka_unit_test(test_large),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
