// SPDX-License-Identifier: GPL-2.0-or-later
/* Code that is known by its bytes, in images made here, and what the unwind table makes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "../oracle/lookup.h"
#include "cfi_maker.h"
#include "elf/known.h"

#define PLAIN	 (HP_UNWIND_SP)
#define SIGNAL	 (HP_UNWIND_SIGNAL | HP_UNWIND_INTERRUPTED)
#define RESTORER 0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05

/* An image whose code is `filler`, but for what put_code() puts there. */
struct made {
	struct buf image;
	struct elf_file f;
	struct hp_unwind_table table;
};

static void make_code(struct made *made, struct maker *m, uint8_t filler)
{
	*made = (struct made){0};
	image_make(&made->image, m->debug ? ".debug_frame" : ".eh_frame", 0, m->bytes.data,
		   m->bytes.len);
	assert_true(made->image.len < IMAGE_TEXT_OFFSET);
	while (made->image.len < IMAGE_TEXT_OFFSET)
		buf_putc(&made->image, '\0');
	while (made->image.len < IMAGE_TEXT_OFFSET + IMAGE_TEXT_SIZE)
		buf_putc(&made->image, (char)filler);
	buf_done(&m->bytes);
	*m = (struct maker){0};
}

static void put_code(struct made *made, uint64_t at, const uint8_t *bytes, size_t n)
{
	memcpy(made->image.data + IMAGE_TEXT_OFFSET + at, bytes, n);
}

static void set_entry(struct made *made, uint64_t at)
{
	((Elf64_Ehdr *)(void *)made->image.data)->e_entry = IMAGE_TEXT + at;
}

/* 0 or what unwind_table_read_memory() says. */
static int make_lookup(struct made *made)
{
	struct unwind_table table;
	int err = unwind_table_read_memory(made->image.data, made->image.len, &table);

	if (!err) {
		made->table = lookup_place(&table.blob);
		unwind_table_done(&table);
	}
	buf_done(&made->image);
	return err;
}

/* All of [start, end) has it, and neither of the bytes beside them. */
static void assert_code(const struct made *made, uint64_t start, uint64_t end, unsigned int how)
{
	for (uint64_t at = start; at < end; at++)
		assert_int_equal(lookup_rule(&made->table, IMAGE_TEXT_OFFSET + at).how, how);
	assert_int_not_equal(lookup_rule(&made->table, IMAGE_TEXT_OFFSET + start - 1).how, how);
	assert_int_not_equal(lookup_rule(&made->table, IMAGE_TEXT_OFFSET + end).how, how);
}

static void assert_nothing(const struct made *made, uint64_t start, uint64_t end)
{
	for (uint64_t at = start; at < end; at++)
		assert_int_equal(lookup_rule(&made->table, IMAGE_TEXT_OFFSET + at).word,
				 HP_UNWIND_NONE);
}

/* As in the C library of a static program: the rest has no call frame information. */
static void test_restorer_in_gap(void **state)
{
	struct maker m = maker_of_gcc();
	struct made made;

	(void)state;
	make_fde(&m, MADE_CODE + 0x100, 0x100, CODE(0));
	make_fde(&m, MADE_CODE + 0x300, 0x100, CODE(0));
	make_code(&made, &m, 0xc3);
	put_code(&made, 0x50, CODE(RESTORER, 0x90));
	put_code(&made, 0x150, CODE(RESTORER)); /* the file says otherwise */
	put_code(&made, 0x200, CODE(RESTORER)); /* just behind code that the file describes */
	put_code(&made, 0x2f7, CODE(RESTORER)); /* and just before such code */
	put_code(&made, 0x1000, CODE(0xb8, 0x0f, 0, 0, 0, 0x0f, 0x05));
	put_code(&made, 0x2000, CODE(0xb9, 0x0f, 0, 0, 0, 0x0f, 0x05)); /* another register */
	put_code(&made, 0xffff7, CODE(RESTORER));
	assert_int_equal(make_lookup(&made), 0);
	assert_code(&made, 0x4f, 0x5a, SIGNAL);
	assert_code(&made, 0x100, 0x200, PLAIN);
	assert_code(&made, 0x200, 0x209, SIGNAL);
	assert_code(&made, 0x2f6, 0x300, SIGNAL);
	assert_code(&made, 0x300, 0x400, PLAIN);
	assert_code(&made, 0xfff, 0x1007, SIGNAL);
	assert_code(&made, 0x1007, 0xffff6, HP_UNWIND_NONE);
	assert_code(&made, 0xffff6, 0x100000, SIGNAL);
	lookup_done();
}

/* Code is read in windows: what lies across two of them is found, wherever it lies. */
static void test_restorer_at_window(void **state)
{
	(void)state;
	for (uint64_t at = 0x40000 - 20; at < 0x40000 + 4; at++) {
		struct maker m = maker_of_gcc();
		struct made made;

		make_fde(&m, MADE_CODE + 0xff000, 0x100, CODE(0));
		make_code(&made, &m, 0xc3);
		put_code(&made, at, CODE(RESTORER));
		assert_int_equal(make_lookup(&made), 0);
		assert_code(&made, at - 1, at + 9, SIGNAL);
		lookup_done();
	}
}

/* Go's linker describes all code in .debug_frame, also what handlers return to. */
static void test_restorer_in_debug_frame(void **state)
{
	struct maker m = {.debug = true};
	struct made made;

	(void)state;
	make_cie(&m, "", NULL, 0);
	make_fde(&m, MADE_CODE + 0x100, 0x100, CODE(0));
	make_fde(&m, MADE_CODE + 0x200, 0x20, CODE(0));
	make_fde(&m, MADE_CODE + 0x220, 0x100, CODE(0));
	make_code(&made, &m, 0xcc);
	put_code(&made, 0x200, CODE(RESTORER, 0xcd, 3));
	assert_int_equal(make_lookup(&made), 0);
	assert_code(&made, 0x100, 0x1ff, PLAIN);
	assert_code(&made, 0x1ff, 0x20a, SIGNAL);
	assert_code(&made, 0x20a, 0x320, PLAIN);
	lookup_done();
}

static void test_no_information_at_all(void **state)
{
	struct maker m = {0};
	struct made made;

	(void)state;
	make_code(&made, &m, 0xcc);
	assert_int_equal(make_lookup(&made), -ENODATA);
	make_code(&made, &m, 0xcc);
	put_code(&made, 0x345, CODE(RESTORER));
	set_entry(&made, 0x320);
	assert_int_equal(make_lookup(&made), 0);
	assert_code(&made, 0x320, 0x344, HP_UNWIND_END);
	assert_code(&made, 0x344, 0x34f, SIGNAL);
	lookup_done();
}

/* The kernel's frame is still there behind the system call, where the C library's rule ends. */
static void test_behind_described_restorer(void **state)
{
	static const uint8_t program[] = {
		0x0f, 4,    0x77, 0xa0, 1,    6, /* CFA = [rsp + 160] */
		0x10, 3,    3,	  0x77, 0x80, 1, /* rbx at rsp + 128 */
		0x10, 6,    3,	  0x77, 0xf8, 0, /* rbp at rsp + 120 */
		0x10, 7,    3,	  0x77, 0xa0, 1, /* rsp at rsp + 160 */
		0x10, 0x10, 3,	  0x77, 0xa8, 1, /* rip at rsp + 168 */
	};
	struct maker m = maker_of_gcc();
	struct made made;

	(void)state;
	make_fde(&m, MADE_CODE + 0x100, 10, program, sizeof(program));
	make_fde(&m, MADE_CODE + 0x200, 10, program, sizeof(program));
	make_fde(&m, MADE_CODE + 0x20a, 10, CODE(0));
	make_code(&made, &m, 0xc3);
	assert_int_equal(make_lookup(&made), 0);
	assert_code(&made, 0x100, 0x10b, SIGNAL);
	assert_code(&made, 0x200, 0x20a, SIGNAL);
	assert_code(&made, 0x20a, 0x214, PLAIN);
	lookup_done();
}

#define CLONE_CALL 0x0f, 0x05, 0x48, 0x85, 0xc0, 0x7c, 0x13, 0x74, 0x01, 0xc3

/* The gap that glibc leaves for two, if what comes next has no caller. */
static void test_clone(void **state)
{
	static const struct {
		uint8_t length, code[12];
		bool next_ends, found;
	} gaps[] = {
		{10, {CLONE_CALL}, true, true},
		{10, {CLONE_CALL}, false, false},
		{12, {CLONE_CALL, 0x90, 0x90}, true, false},
		{10, {0x0f, 0x05, 0x48, 0x85, 0xc9, 0x7c, 0x13, 0x74, 0x01, 0xc3}, true, false},
		{5, {CLONE_CALL}, true, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(gaps) / sizeof(gaps[0]); i++) {
		struct maker m = maker_of_gcc();
		uint64_t end = 0x200 + gaps[i].length;
		struct made made;

		make_fde(&m, MADE_CODE + 0x100, 0x100, CODE(0));
		if (gaps[i].next_ends)
			make_fde(&m, MADE_CODE + end, 0x40, CODE(0x07, 0x10)); /* ra undefined */
		else
			make_fde(&m, MADE_CODE + end, 0x40, CODE(0));
		make_code(&made, &m, 0xc3);
		put_code(&made, 0x200, gaps[i].code, gaps[i].length);
		assert_int_equal(make_lookup(&made), 0);
		if (gaps[i].found)
			assert_code(&made, 0x200, end, HP_UNWIND_CLONED);
		else
			assert_nothing(&made, 0x200, end);
		lookup_done();
	}
}

#define CONTEXT_FIRST 0x48, 0x89, 0xdc, 0x48, 0x8b, 0x3c, 0x24, 0x48, 0x85, 0xff, 0x74, 0x08
#define CONTEXT                                                                                    \
	CONTEXT_FIRST, 0xe8, 0xef, 0xf6, 0xfe, 0xff, 0x48, 0x89, 0xc7, 0xe8, 0xa7, 0xcc, 0xfe,     \
		0xff, 0xf4
#define ENDBR 0xf3, 0x0f, 0x1e, 0xfa

/* __start_context, to whose first byte a coroutine returns, behind the padding of a function. */
static void test_context(void **state)
{
	static const struct {
		size_t length;
		uint8_t code[40];
		bool found;
	} functions[] = {
		{26, {CONTEXT}, true},
		{30, {ENDBR, CONTEXT}, true},
		{27, {CONTEXT}, false},
		{30, {0x90, 0x90, 0x90, 0x90, CONTEXT}, false},
		{26, {0x90, CONTEXT}, false},
		{26, {CONTEXT_FIRST, 0xe8, 0, 0, 0, 0, 0x48, 0x89, 0xc7, 0xe8}, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		struct maker m = maker_of_gcc();
		struct made made;

		make_fde(&m, MADE_CODE + 0x100, 0xf9, CODE(0));
		make_fde(&m, MADE_CODE + 0x200, functions[i].length, CODE(0));
		make_fde(&m, MADE_CODE + 0x220, 0x100, CODE(0));
		make_code(&made, &m, 0x90);
		put_code(&made, 0x200, functions[i].code, functions[i].length);
		assert_int_equal(make_lookup(&made), 0);
		if (functions[i].found)
			assert_code(&made, 0x1ff, 0x200 + functions[i].length,
				    HP_UNWIND_END | HP_UNWIND_INTERRUPTED);
		else
			assert_code(&made, 0x200, 0x200 + functions[i].length, PLAIN);
		lookup_done();
	}
}

#define FCONTEXT_END 0x48, 0x31, 0xff, 0xe8, 1, 2, 3, 4, 0xf4

/* The end of make_fcontext, which no call frame information describes. */
static void test_fcontext(void **state)
{
	static const struct {
		uint8_t code[24];
		uint64_t start, end; /* both 0: it is something else */
	} ends[] = {
		{{0xc3, 0x55, 0xff, 0xe3, FCONTEXT_END}, 1, 13},
		{{ENDBR, 0x55, 0xff, 0xe3, ENDBR, FCONTEXT_END}, 4, 20},
		{{0x90, 0xc3, FCONTEXT_END}, 1, 11},
		{{0x90, 0x90, FCONTEXT_END}, 0, 0},
		{{0xc3, 0x48, 0x31, 0xff, 0xe8, 1, 2, 3, 4, 0x90}, 0, 0},
		{{0xc3, 0x48, 0x31, 0xf6, 0xe8, 1, 2, 3, 4, 0xf4}, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct maker m = maker_of_gcc();
		struct made made;

		make_fde(&m, MADE_CODE + 0x100, 0x100, CODE(0));
		make_code(&made, &m, 0x90);
		put_code(&made, 0x200, ends[i].code, sizeof(ends[i].code));
		assert_int_equal(make_lookup(&made), 0);
		if (ends[i].end)
			assert_code(&made, 0x200 + ends[i].start, 0x200 + ends[i].end,
				    HP_UNWIND_END);
		else
			assert_nothing(&made, 0x200, 0x240);
		lookup_done();
	}
}

/* What musl's C library has instead of call frame information; see elf/known_musl.c. */
#define LEA(reg, from, to) 0x48, 0x8d, 0x05 | (reg) << 3, REL(to, from, 7)
#define CALL(from, to)	   0xe8, REL(to, from, 5)
#define REL(to, from, n)                                                                           \
	BYTE((to) - (from) - (n), 0), BYTE((to) - (from) - (n), 8), BYTE((to) - (from) - (n), 16), \
		BYTE((to) - (from) - (n), 24)
#define BYTE(word, shift) ((uint8_t)((uint32_t)(word) >> (shift)))

enum {
	EXIT = 0x800,
	THREAD_EXIT = 0x900,
	STAGE = 0x1000,
	MAIN_START = 0x1100,
	START = 0x2000,
	START_11 = 0x2100,
	CREATE = 0x3000,
	CLONE = 0x4000
};

static void put_main_start(struct made *made)
{
	put_code(made, STAGE, CODE(0x53, 0xff, 0xd3, 0x89, 0xc7, CALL(STAGE + 5, EXIT), 0x66));
	put_code(made, MAIN_START,
		 CODE(LEA(0, MAIN_START, STAGE), 0x5d, 0x41, 0x5c, 0x41, 0x5d, 0xff, 0xe0));
}

static void put_threads(struct made *made, uint64_t other_exit)
{
	put_code(made, CLONE,
		 CODE(0x31, 0xc0, 0xb0, 0x38, 0x49, 0x89, 0xfb, 0x0f, 0x05, 0x85, 0xc0, 0x75, 0x0f,
		      0x31, 0xed, 0x5f, 0x41, 0xff, 0xd1, 0x89, 0xc7, 0x31, 0xc0, 0xb0, 0x3c, 0x0f,
		      0x05, 0xf4));
	put_code(made, START,
		 CODE(0x53, 0xff, 0x13, 0x48, 0x89, 0xc7, CALL(START + 6, THREAD_EXIT)));
	put_code(made, START_11,
		 CODE(0xff, 0x50, 0x08, 0x48, 0x63, 0xf8, CALL(START_11 + 6, other_exit)));
	put_code(made, CREATE,
		 CODE(LEA(0, CREATE, START), LEA(7, CREATE + 7, START_11), 0x48, 0x0f, 0x44, 0xf8,
		      CALL(CREATE + 18, CLONE)));
}

static void test_musl(void **state)
{
	struct maker m = {0};
	struct made made;

	(void)state;
	make_code(&made, &m, 0xcc);
	put_main_start(&made);
	put_threads(&made, THREAD_EXIT);
	assert_int_equal(make_lookup(&made), 0);
	assert_code(&made, STAGE + 1, STAGE + 3, HP_UNWIND_END);
	assert_code(&made, START + 1, START + 3, HP_UNWIND_END);
	assert_code(&made, START_11, START_11 + 3, HP_UNWIND_END);
	assert_code(&made, CLONE + 7, CLONE + 13, HP_UNWIND_CLONED);
	assert_code(&made, CLONE + 13, CLONE + 27, HP_UNWIND_END);
	assert_code(&made, STAGE + 3, START + 1, HP_UNWIND_NONE);
	lookup_done();
}

/* What only looks like it is no stack's end. */
static void test_almost_musl(void **state)
{
	struct maker m = {0};
	struct made made;

	(void)state;
	make_code(&made, &m, 0xcc);
	put_main_start(&made);
	put_code(&made, STAGE + 10, CODE(0xc3)); /* the call returns */
	put_threads(&made, EXIT);		 /* the two end differently */
	assert_int_equal(make_lookup(&made), 0);
	assert_code(&made, CLONE + 13, CLONE + 27, HP_UNWIND_END);
	assert_nothing(&made, STAGE, CLONE + 7);
	lookup_done();
	make_code(&made, &m, 0xcc);
	put_main_start(&made);
	put_code(&made, MAIN_START + 12, CODE(0xff, 0xe1)); /* a jump through another register */
	put_threads(&made, THREAD_EXIT);
	put_code(&made, CLONE + 3, CODE(0x39)); /* another system call */
	assert_int_equal(make_lookup(&made), 0);
	assert_nothing(&made, STAGE, CLONE + 7);
	lookup_done();
}

static void check_init(const uint8_t *code, size_t n, size_t described)
{
	struct image_section sections[] = {{".eh_frame", 0, NULL, 0},
					   {".init", SHF_EXECINSTR, code, n}};
	struct maker m = maker_of_gcc();
	struct buf image = {0};
	struct cfi_table cfi;
	struct known known;
	struct elf_file f;

	make_fde(&m, MADE_CODE, 10, CODE(0));
	sections[0].bytes = m.bytes.data;
	sections[0].n = m.bytes.len;
	image_make_sections(&image, sections, 2);
	assert_int_equal(elf_file_init_memory(&f, image.data, image.len), 0);
	assert_int_equal(cfi_read(&f, &cfi), 0);
	assert_int_equal(known_read(&f, &cfi, &known), 0);
	assert_int_equal(known.code.n, described);
	if (described) {
		assert_int_equal(known.code.at[0].kind, KNOWN_CALLED);
		assert_int_equal(known.code.at[1].kind, KNOWN_CALLED_8);
		assert_int_equal(known.code.at[1].start, 2 * IMAGE_CFI + 8);
		assert_int_equal(known.code.at[2].kind, KNOWN_CALLED);
		assert_int_equal(known.code.at[2].start, 2 * IMAGE_CFI + n - 1);
	}
	known_done(&known);
	cfi_done(&cfi);
	elf_file_done(&f);
	buf_done(&image);
	buf_done(&m.bytes);
}

/* endbr64; sub $8, %rsp; call *%rax; add $8, %rsp; ret */
static void test_init(void **state)
{
	(void)state;
	check_init(CODE(0xf3, 0x0f, 0x1e, 0xfa, 0x48, 0x83, 0xec, 8, 0xff, 0xd0, 0x48, 0x83, 0xc4,
			8, 0xc3),
		   3);
	check_init(CODE(0x48, 0x83, 0xec, 8, 0xff, 0xd0, 0x48, 0x83, 0xc4, 8), 0);
	check_init(CODE(0x48, 0x83, 0xec, 16, 0xff, 0xd0, 0x48, 0x83, 0xc4, 16, 0xc3), 0);
	check_init(CODE(0xf3, 0x0f, 0x1e, 0xfa), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_restorer_in_gap),
		cmocka_unit_test(test_restorer_at_window),
		cmocka_unit_test(test_restorer_in_debug_frame),
		cmocka_unit_test(test_no_information_at_all),
		cmocka_unit_test(test_behind_described_restorer),
		cmocka_unit_test(test_clone),
		cmocka_unit_test(test_context),
		cmocka_unit_test(test_fcontext),
		cmocka_unit_test(test_musl),
		cmocka_unit_test(test_almost_musl),
		cmocka_unit_test(test_init),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
