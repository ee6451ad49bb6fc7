// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where Go's runtime changes stacks, in programs that this machine's Go makes, and in the same with
 * the code of other versions written over it.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "elf/cfi.h"
#include "elf/file.h"
#include "elf/known.h"
#include "elf/symbols.h"
#include "made.h"

#define BYTES(...)    ((const uint8_t[]){__VA_ARGS__}), sizeof((const uint8_t[]){__VA_ARGS__})
#define LOAD_TLS      0x64, 0x48, 0x8b, 0x04, 0x25, 0xf8, 0xff, 0xff, 0xff
#define STORE_TLS     0x64, 0x48, 0x89, 0x04, 0x25, 0xf8, 0xff, 0xff, 0xff
#define PROLOGUE      0x55, 0x48, 0x89, 0xe5 /* push %rbp; mov %rsp, %rbp */
#define BACK(m, curg) LOAD_TLS, 0x48, 0x8b, 0x58, m, 0x48, 0x8b, 0x83, curg, 0, 0, 0, STORE_TLS

static struct elf_file f;
static struct known known;

/* Reads the program, with bytes written over a function. */
static void look(const char *function, const uint8_t *bytes, size_t n)
{
	struct cfi_table cfi;
	struct symtab symbols;
	int fd;

	made("cp go changed");
	fd = made_open("changed");
	assert_int_equal(elf_file_init(&f, fd), 0);
	assert_int_equal(symbols_read(&f, &symbols), 0);
	for (size_t i = 0; function && i < symbols.symbols.n; i++) {
		const struct symbol *s = &symbols.symbols.at[i];
		const struct elf_segment *segment = elf_file_segment_at(&f, s->addr);
		char path[128];
		FILE *file;

		if (strcmp(symtab_name(&symbols, s), function))
			continue;
		assert_true(s->size >= n);
		snprintf(path, sizeof(path), "%s/changed", made_dir);
		file = fopen(path, "r+e");
		assert_non_null(file);
		assert_int_equal(
			fseek(file, (long)(s->addr - segment->vaddr + segment->offset), SEEK_SET),
			0);
		assert_int_equal(fwrite(bytes, 1, n, file), n);
		for (size_t rest = n; rest < s->size; rest++)
			assert_int_equal(fputc(0xcc, file), 0xcc);
		assert_int_equal(fclose(file), 0);
		function = NULL;
	}
	assert_null(function);
	symtab_done(&symbols);
	cfi_init(&cfi);
	assert_int_equal(known_read(&f, &cfi, &known), 0);
	cfi_done(&cfi);
	elf_file_done(&f);
	close(fd);
}

static size_t count(enum known_kind kind)
{
	const struct known_code *code;
	size_t n = 0;

	vec_each(code, &known.code)
		n += code->kind == kind;
	return n;
}

static void test_as_built(void **state)
{
	static const char *const ways[] = {"", "-buildmode=pie", "-ldflags='-s -w'"};

	(void)state;
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		made("HOME=$PWD GOPROXY=off GO111MODULE=off go build %s -o go a.go", ways[i]);
		look(NULL, NULL, 0);
		assert_int_equal(count(KNOWN_GO_SAVED) + count(KNOWN_GO_SAVED_FRAMED), 1);
		assert_int_equal(count(KNOWN_GO_STOPPED), 1);
		assert_int_equal(count(KNOWN_GO_DEPTH) + count(KNOWN_GO_DEPTH_FRAMED), 1);
		assert_true(count(KNOWN_GO_BP) >= 2);
		assert_true(count(KNOWN_BOTTOM) >= 2); /* mcall, mstart */
		assert_int_equal(known.go.tls, -8);
		assert_int_equal(known.go.m, 48);
		assert_true(known.go.curg > 100 && known.go.curg < 400);
		assert_true(known.go.bp == 96 || known.go.bp == 104);
		known_done(&known);
	}
}

static void test_cgo(void **state)
{
	(void)state;
	made_text("c.go", "package main\nimport \"C\"\nfunc main() {}\n");
	if (!made_try("HOME=$PWD GOPROXY=off GO111MODULE=off CGO_ENABLED=1 go build -o go c.go"))
		skip(); /* no C compiler that Go likes */
	look(NULL, NULL, 0);
	assert_int_equal(count(KNOWN_GO_DEPTH) + count(KNOWN_GO_DEPTH_FRAMED), 1);
	assert_true(count(KNOWN_KEPT_BP) >= 1);
	known_done(&known);
}

static void test_newer_systemstack(void **state)
{
	(void)state;
	/* rsp = g0->sched.sp; call; back: rsp = g->sched.sp */
	look("runtime.systemstack.abi0", BYTES(PROLOGUE, 0x48, 0x8b, 0x62, 0x38, 0xff, 0xd7,
					       BACK(0x30, 0xb8), 0x48, 0x8b, 0x60, 0x38, 0xc3));
	assert_int_equal(count(KNOWN_GO_SAVED), 0);
	assert_int_equal(count(KNOWN_GO_SAVED_FRAMED), 1);
	assert_int_equal(known.go.curg, 0xb8);
	known_done(&known);
}

static void test_newer_asmcgocall(void **state)
{
	(void)state;
	/* A direct call; rdi = [rsp + 8]; rsi = [rdi + 8] - [rsp] */
	look("runtime.asmcgocall.abi0", BYTES(PROLOGUE, 0xe8, 0, 0, 0, 0, 0x48, 0x8b, 0x7c, 0x24, 8,
					      0x48, 0x8b, 0x77, 8, 0x48, 0x2b, 0x34, 0x24));
	assert_int_equal(count(KNOWN_GO_DEPTH), 0);
	assert_int_equal(count(KNOWN_GO_DEPTH_FRAMED), 1);
	assert_int_equal(known.go.frame_g, 8);
	assert_int_equal(known.go.frame_depth, 0);
	known_done(&known);
}

/* Code that goes back in another way: the stack ends there. */
static void test_unknown_way_back(void **state)
{
	(void)state;
	look("runtime.systemstack.abi0", /* the saved sp is not behind m */
	     BYTES(0x90, 0xff, 0xd7, BACK(0x30, 0xb8), 0x48, 0x8b, 0x60, 0x40, 0xc3));
	assert_int_equal(count(KNOWN_GO_SAVED) + count(KNOWN_GO_SAVED_FRAMED), 0);
	assert_int_equal(count(KNOWN_GO_STOPPED), 0);
	known_done(&known);
	look("runtime.systemstack.abi0", /* m is not where a word can be */
	     BYTES(0x90, 0xff, 0xd7, BACK(0x31, 0xb8), 0x48, 0x8b, 0x60, 0x39, 0xc3));
	assert_int_equal(count(KNOWN_GO_SAVED) + count(KNOWN_GO_STOPPED), 0);
	known_done(&known);
}

static int setup(void **state)
{
	(void)state;
	made_begin();
	if (!made_try("go version >/dev/null 2>&1")) {
		made_end();
		exit(77);
	}
	made_text("a.go", "package main\nfunc main() {}\n");
	made("HOME=$PWD GOPROXY=off GO111MODULE=off go build -o go a.go");
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_newer_systemstack),
		cmocka_unit_test(test_newer_asmcgocall),
		cmocka_unit_test(test_unknown_way_back),
		cmocka_unit_test(test_as_built),
		cmocka_unit_test(test_cgo),
	};

	return cmocka_run_group_tests(tests, setup, made_teardown);
}
