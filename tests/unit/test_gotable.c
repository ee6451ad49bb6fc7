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
#include <sys/stat.h>

#include "elf/file.h"
#include "elf/gotable.h"
#include "elf/symbols.h"
#include "made.h"
#include "util/mem.h"

#define CODE 0x401000

struct layout {
	uint32_t magic;
	unsigned int pointer;
	bool wide, has_start_line;
};

static const struct layout layouts[] = {
	{0xfffffffa, 8, true, false},
	{0xfffffffa, 4, true, false},
	{0xfffffff0, 8, false, false},
	{0xfffffff1, 8, false, true},
};

static void put(struct buf *b, uint64_t value, size_t n)
{
	buf_add(b, &value, n);
}

/* Two functions of 0x100 bytes: main.one with lines 10 and 12, then inlined code; _rt0_x, none. */
static void make(struct buf *b, const struct layout *l, uint64_t text)
{
	static const char names[] = "\0main.one\0_rt0_x", files[] = "\0/app/one.go\0/app/in.go";
	/* by address: first file 0, from 0x80 on file 1; lines; inlined from 0x80 on */
	static const unsigned char pcs[] = {0,	  2, 0x80, 1, 2,    0x80, 1, 0,	   22, 0x20, 4,
					    0xe0, 1, 0,	   0, 0x80, 1,	  2, 0x80, 1,  0};
	unsigned int word = l->wide ? l->pointer : 4;
	size_t head = 8 + l->pointer * (l->wide ? 7 : 8), at[5], descriptions;

	at[0] = head;
	at[1] = at[0] + sizeof(names);
	at[2] = at[1] + 8;
	at[3] = at[2] + sizeof(files);
	at[4] = at[3] + sizeof(pcs);
	buf_clear(b);
	put(b, l->magic, 4);
	put(b, 1 << 16 | (uint64_t)l->pointer << 24, 4);
	put(b, 2, l->pointer);
	put(b, 2, l->pointer);
	if (!l->wide)
		put(b, text, l->pointer);
	for (int i = 0; i < 5; i++)
		put(b, at[i], l->pointer);
	buf_add(b, names, sizeof(names));
	put(b, 1, 4); /* files of the unit */
	put(b, 13, 4);
	buf_add(b, files, sizeof(files));
	buf_add(b, pcs, sizeof(pcs));
	descriptions = 5 * word;
	for (unsigned int i = 0; i < 3; i++) {
		put(b, (l->wide ? CODE : 0) + i * 0x100, word);
		if (i < 2)
			put(b, descriptions + i * (word + 36 + 4 * l->has_start_line + 12), word);
	}
	for (unsigned int i = 0; i < 2; i++) {
		put(b, i * 0x100, word);
		put(b, i ? 10 : 1, 4); /* name */
		put(b, 0, 4);
		put(b, 0, 8);
		put(b, i ? 0 : 1, 4); /* files, lines */
		put(b, i ? 0 : 8, 4);
		put(b, 3, 4); /* tables */
		put(b, 0, 4); /* unit */
		put(b, 0, l->has_start_line ? 8 : 4);
		put(b, 0, 8);
		put(b, i ? 0 : 14, 4); /* what was inlined */
	}
}

static void assert_line(const struct gotable *t, uint64_t address, const char *file, uint32_t line)
{
	struct lines lines;

	gotable_lines(t, &address, 1, &lines);
	assert_int_equal(lines.spans.at[0].n, file ? 1 : 0);
	if (file) {
		assert_string_equal(lines_text(&lines, lines.frames.at[0].file), file);
		assert_int_equal(lines.frames.at[0].line, line);
	}
	lines_done(&lines);
}

static void assert_name(const struct symtab *symbols, uint64_t address, const char *name)
{
	const struct symbol *s = symtab_find(symbols, address, NULL);

	if (!name)
		assert_null(s);
	else
		assert_non_null(s);
	if (s)
		assert_string_equal(symtab_name(symbols, s), name);
}

static void check(struct gotable *t)
{
	struct symtab symbols = {0};

	gotable_symbols(t, &symbols);
	symtab_finish(&symbols, NULL, 0);
	assert_name(&symbols, CODE - 1, NULL);
	assert_name(&symbols, CODE, "main.one");
	assert_name(&symbols, CODE + 0xff, "main.one");
	assert_name(&symbols, CODE + 0x100, "_rt0_x");
	assert_name(&symbols, CODE + 0x200, NULL);
	symtab_done(&symbols);
	assert_line(t, CODE, "/app/one.go", 10);
	assert_line(t, CODE + 0x1f, "/app/one.go", 10);
	assert_line(t, CODE + 0x20, "/app/one.go", 12);
	assert_line(t, CODE + 0x80, NULL, 0); /* inlined: from another function's file */
	assert_line(t, CODE + 0x100, NULL, 0);
	assert_line(t, CODE - 1, NULL, 0);
	assert_line(t, CODE + 0x200, NULL, 0);
}

static void test_layouts(void **state)
{
	const struct symtab_range code = {CODE, CODE + 0x1000};
	struct buf bytes = {0};
	struct gotable t;

	(void)state;
	for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++) {
		make(&bytes, &layouts[i], CODE);
		assert_int_equal(gotable_parse(&t, &bytes, code, 0), 0);
		check(&t);
		gotable_done(&t);
		if (layouts[i].wide)
			continue;
		/* The address of the code is left to the loader: the entry point tells. */
		make(&bytes, &layouts[i], 0);
		assert_int_equal(gotable_parse(&t, &bytes, code, CODE + 0x100), 0);
		check(&t);
		gotable_done(&t);
		make(&bytes, &layouts[i], 0);
		assert_int_equal(gotable_parse(&t, &bytes, code, 0), -EBADMSG);
	}
}

/* Cut anywhere, or with any byte changed: an error or an answer. */
static void test_broken(void **state)
{
	const struct symtab_range code = {CODE, CODE + 0x1000};
	uint64_t addresses[] = {CODE, CODE + 0x90, CODE + 0x150};
	struct buf whole = {0};

	(void)state;
	srand(3);
	make(&whole, &layouts[2], CODE);
	for (size_t i = 0; i < 20 * whole.len; i++) {
		struct symtab symbols = {0};
		struct buf bytes = {0};
		struct lines lines;
		struct gotable t;

		buf_add(&bytes, whole.data, i < whole.len ? i : whole.len);
		if (i >= whole.len)
			bytes.data[i % whole.len] = (char)rand();
		if (gotable_parse(&t, &bytes, code, CODE + 0x100))
			continue;
		gotable_symbols(&t, &symbols);
		gotable_lines(&t, addresses, 3, &lines);
		lines_done(&lines);
		symtab_done(&symbols);
		gotable_done(&t);
	}
	buf_done(&whole);
}

/* What this machine's Go makes. */
static void test_real(void **state)
{
	static const char *const ways[] = {"", "-buildmode=pie", "-linkmode=external"};
	struct symtab symbols;
	struct elf_file f;
	bool found;
	int fd;

	(void)state;
	if (!made_try("go version >/dev/null 2>&1"))
		skip();
	made_text("a.go", "package main\n//go:noinline\nfunc find() {}\nfunc main() { find() }\n");
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		made("HOME=$PWD GOPROXY=off GO111MODULE=off go build %s -ldflags='-s -w %s' -o go "
		     "a.go",
		     i == 1 ? ways[i] : "", i == 2 ? ways[i] : "");
		fd = made_open("go");
		assert_int_equal(elf_file_init(&f, fd), 0);
		assert_int_equal(symbols_read(&f, &symbols), 0);
		found = false;
		for (size_t k = 0; k < symbols.symbols.n; k++)
			found |=
				!strcmp(symtab_name(&symbols, &symbols.symbols.at[k]), "main.find");
		assert_true(found);
		symtab_done(&symbols);
		elf_file_done(&f);
		close(fd);
	}
}

static int setup(void **state)
{
	(void)state;
	made_begin();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_layouts),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_real),
	};

	return cmocka_run_group_tests(tests, setup, made_teardown);
}
