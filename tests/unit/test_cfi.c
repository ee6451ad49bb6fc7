// SPDX-License-Identifier: GPL-2.0-or-later
/* Call frame information, made here byte by byte, then read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cfi_maker.h"
#include "made.h"

#define RBX 3
#define RBP 6
#define RSP 7

static void assert_place(struct cfi_place got, unsigned int how, unsigned int reg, int n, int m)
{
	assert_int_equal(got.how, how);
	assert_int_equal(got.reg, reg);
	assert_int_equal(got.n, n);
	assert_int_equal(got.m, m);
}

static const struct cfi_rule *rule_at(const struct cfi_table *t, uint64_t offset)
{
	uint32_t rule = cfi_find(t, MADE_CODE + offset);

	assert_true(rule < t->rules.n);
	return &t->rules.at[rule];
}

/* One function of 100 bytes with these instructions. */
static struct cfi_table one(const uint8_t *program, size_t n)
{
	struct maker m = maker_of_gcc();
	struct cfi_table t;

	make_fde(&m, MADE_CODE, 100, program, n);
	assert_int_equal(make_table(&m, 0, &t), 0);
	assert_int_equal(t.fdes, 1);
	assert_int_equal(t.rows.at[t.rows.n - 1].start, MADE_CODE + 100);
	assert_int_equal(t.rows.at[t.rows.n - 1].rule, CFI_RULE_NONE);
	return t;
}

static void test_prologue(void **state)
{
	/* push rbp; mov rsp, rbp; ...; leave; ret */
	struct cfi_table t =
		one(CODE(0x41, 0x0e, 16, 0x86, 2, 0x43, 0x0d, 6, 0x02, 90, 0x0c, 7, 8, 0xc6));

	(void)state;
	assert_int_equal(t.rows.n, 5);
	assert_place(rule_at(&t, 0)->cfa, CFI_REG, RSP, 8, 0);
	assert_place(rule_at(&t, 0)->ra, CFI_AT_CFA, 0, -8, 0);
	assert_place(rule_at(&t, 0)->rbp, CFI_UNSET, 0, 0, 0);
	assert_place(rule_at(&t, 3)->cfa, CFI_REG, RSP, 16, 0);
	assert_place(rule_at(&t, 3)->rbp, CFI_AT_CFA, 0, -16, 0);
	assert_place(rule_at(&t, 93)->cfa, CFI_REG, RBP, 16, 0);
	assert_place(rule_at(&t, 94)->cfa, CFI_REG, RSP, 8, 0);
	assert_place(rule_at(&t, 99)->rbp, CFI_UNSET, 0, 0, 0);
	assert_int_equal(cfi_find(&t, MADE_CODE - 1), CFI_RULE_NONE);
	assert_int_equal(cfi_find(&t, MADE_CODE + 100), CFI_RULE_NONE);
	cfi_done(&t);
}

static void test_columns(void **state)
{
	static const struct {
		uint8_t program[8];
		uint8_t n;
		struct cfi_place want; /* of rbx */
	} cases[] = {
		{{0x83, 3}, 2, {CFI_AT_CFA, 0, -24, 0}},
		{{0x05, 3, 4}, 3, {CFI_AT_CFA, 0, -32, 0}},
		{{0x11, 3, 0x7e}, 3, {CFI_AT_CFA, 0, 16, 0}},
		{{0x2f, 3, 2}, 3, {CFI_AT_CFA, 0, 16, 0}},
		{{0x14, 3, 2}, 3, {CFI_CFA, 0, -16, 0}},
		{{0x15, 3, 0x7f}, 3, {CFI_CFA, 0, 8, 0}},
		{{0x09, 3, 9}, 3, {CFI_REG, 9, 0, 0}},
		{{0x07, 3}, 2, {CFI_UNDEFINED, 0, 0, 0}},
		{{0x08, 3}, 2, {CFI_SAME, 0, 0, 0}},
		{{0x10, 3, 2, 0x76, 0x58}, 5, {CFI_DEREF, RBP, -40, 0}},
		{{0x10, 3, 2, 0x23, 8}, 5, {CFI_AT_CFA, 0, 8, 0}},
		{{0x16, 3, 2, 0x76, 0x58}, 5, {CFI_REG, RBP, -40, 0}},
		{{0x16, 3, 3, 0x76, 0x58, 0x06}, 6, {CFI_DEREF, RBP, -40, 0}},
		{{0x16, 3, 1, 0x96}, 4, {CFI_CFA, 0, 0, 0}},
		{{0x10, 3, 3, 0x76, 0x58, 0x06}, 6, {CFI_OTHER, 0, 0, 0}},
		{{0x10, 3, 1, 0x12}, 4, {CFI_OTHER, 0, 0, 0}},
		{{0x83, 3, 0xc3}, 3, {CFI_UNSET, 0, 0, 0}},
		{{0x83, 3, 0x06, 3}, 4, {CFI_UNSET, 0, 0, 0}},
		{{0x83, 3, 0x2e, 0x90, 0x01, 0x00}, 6, {CFI_AT_CFA, 0, -24, 0}},
		/* -8 * 2^29 does not fit in the 32 bits of a place */
		{{0x05, 3, 0x80, 0x80, 0x80, 0x80, 0x02}, 7, {CFI_OTHER, 0, 0, 0}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cfi_table t = one(cases[i].program, cases[i].n);
		struct cfi_place want = cases[i].want;

		assert_place(rule_at(&t, 50)->rbx, want.how, want.reg, want.n, want.m);
		cfi_done(&t);
	}
}

/* "Restored" is what the CIE said, in each column. */
static void test_restore(void **state)
{
	struct maker m = {.pointer = 0x1b, .more = {0x83, 5, 0x86, 6}, .n_more = 4};
	struct cfi_table t;

	(void)state;
	make_cie(&m, "zR", CODE(0x1b));
	make_fde(&m, MADE_CODE, 100,
		 CODE(0x83, 2, 0x86, 3, 0x90, 4, 0x87, 5, 0x41, 0xc3, 0x41, 0xc6, 0x41, 0xd0, 0x41,
		      0xc7));
	assert_int_equal(make_table(&m, 0, &t), 0);
	assert_place(rule_at(&t, 0)->rbx, CFI_AT_CFA, 0, -16, 0);
	assert_place(rule_at(&t, 1)->rbx, CFI_AT_CFA, 0, -40, 0);
	assert_place(rule_at(&t, 1)->rbp, CFI_AT_CFA, 0, -24, 0);
	assert_place(rule_at(&t, 2)->rbp, CFI_AT_CFA, 0, -48, 0);
	assert_place(rule_at(&t, 2)->ra, CFI_AT_CFA, 0, -32, 0);
	assert_place(rule_at(&t, 3)->ra, CFI_AT_CFA, 0, -8, 0);
	assert_place(rule_at(&t, 3)->rsp, CFI_AT_CFA, 0, -40, 0);
	assert_place(rule_at(&t, 4)->rsp, CFI_UNSET, 0, 0, 0);
	cfi_done(&t);
}

static void test_cfa(void **state)
{
	static const struct {
		uint8_t program[16];
		uint8_t n;
		struct cfi_place want;
	} cases[] = {
		{{0x0c, 3, 16}, 3, {CFI_REG, RBX, 16, 0}},
		{{0x12, 6, 0x7d}, 3, {CFI_REG, RBP, 24, 0}},
		{{0x0d, 10}, 2, {CFI_REG, 10, 8, 0}},
		{{0x0e, 0x80, 0x80, 0x40}, 4, {CFI_REG, RSP, 1 << 20, 0}},
		{{0x13, 0x7c}, 2, {CFI_REG, RSP, 32, 0}},
		{{0x0f, 2, 0x77, 0x70}, 4, {CFI_REG, RSP, -16, 0}},
		{{0x0f, 3, 0x76, 0x78, 0x06}, 5, {CFI_DEREF, RBP, -8, 0}},
		{{0x0f, 5, 0x77, 0x10, 0x06, 0x23, 8}, 7, {CFI_DEREF, RSP, 16, 8}},
		{{0x0f, 5, 0x77, 0x10, 0x06, 0x38, 0x22}, 7, {CFI_DEREF, RSP, 16, 8}},
		{{0x0f, 6, 0x77, 0x10, 0x06, 0x08, 8, 0x1c}, 8, {CFI_DEREF, RSP, 16, -8}},
		{{0x0f, 3, 0x92, 3, 0x10}, 5, {CFI_REG, RBX, 16, 0}},
		{{0x0f, 11, 0x77, 8, 0x80, 0, 0x3f, 0x1a, 0x3b, 0x2a, 0x33, 0x24, 0x22},
		 13,
		 {CFI_PLT, RSP, 8, 11}},
		{{0x0f, 10, 0x77, 8, 0x79, 0, 0x38, 0x1e, 0x22, 0x06, 0x23, 16},
		 12,
		 {CFI_INDEX, 9, 8, 16}},
		{{0x0f, 10, 0x77, 8, 0x80, 0, 0x38, 0x1e, 0x22, 0x06, 0x23, 16}, /* by rip */
		 12,
		 {CFI_OTHER, 0, 0, 0}},
		{{0x0f, 4, 0x77, 0, 0x06, 0x06}, 6, {CFI_OTHER, 0, 0, 0}},
		{{0x0f, 1, 0x22}, 3, {CFI_OTHER, 0, 0, 0}},
		{{0x0f, 0}, 2, {CFI_OTHER, 0, 0, 0}},
		{{0x0f, 6, 0x77, 0, 0x77, 0, 0x22, 0x96}, 8, {CFI_OTHER, 0, 0, 0}},
		/* A register after an expression goes on from the offset before it. */
		{{0x0e, 56, 0x0f, 3, 0x77, 0, 0x06, 0x0d, 7}, 9, {CFI_REG, RSP, 56, 0}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cfi_table t = one(cases[i].program, cases[i].n);
		struct cfi_place want = cases[i].want;

		assert_place(rule_at(&t, 50)->cfa, want.how, want.reg, want.n, want.m);
		cfi_done(&t);
	}
}

static void test_broken(void **state)
{
	/* Each after a good row of 10 bytes; the last byte of each is where it breaks. */
	static const struct {
		uint8_t program[8];
		uint8_t n;
	} cases[] = {
		{{0x4a, 0x0b}, 2},		     /* nothing remembered */
		{{0x4a, 0x3f}, 2},		     /* unknown */
		{{0x4a, 0x0e}, 2},		     /* without its operand */
		{{0x4a, 0x0f, 9, 0x77}, 4},	     /* an expression longer than what is left */
		{{0x4a, 0x04, 1, 2, 3}, 5},	     /* a number longer than what is left */
		{{0x4a, 0x0f, 1, 0x12, 0x0d, 7}, 6}, /* half of an unknown CFA */
		{{0x4a, 0x0e, 0x80, 0x80}, 4},	     /* a number that does not end */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cfi_table t = one(cases[i].program, cases[i].n);

		assert_int_equal(t.broken, 1);
		assert_place(rule_at(&t, 9)->cfa, CFI_REG, RSP, 8, 0);
		assert_int_equal(cfi_find(&t, MADE_CODE + 10), CFI_RULE_BROKEN);
		assert_int_equal(cfi_find(&t, MADE_CODE + 99), CFI_RULE_BROKEN);
		cfi_done(&t);
	}
}

static void test_nesting(void **state)
{
	/* remember, rbp as base, remember, rbx as base; back, back */
	struct cfi_table t =
		one(CODE(0x0a, 0x41, 0x0d, 6, 0x0a, 0x41, 0x0d, 3, 0x41, 0x0b, 0x41, 0x0b));
	uint8_t deep[CFI_MAX_NESTING + 2];

	(void)state;
	assert_place(rule_at(&t, 1)->cfa, CFI_REG, RBP, 8, 0);
	assert_place(rule_at(&t, 2)->cfa, CFI_REG, RBX, 8, 0);
	assert_place(rule_at(&t, 3)->cfa, CFI_REG, RBP, 8, 0);
	assert_place(rule_at(&t, 4)->cfa, CFI_REG, RSP, 8, 0);
	cfi_done(&t);
	memset(deep, 0x0a, sizeof(deep));
	t = one(deep, CFI_MAX_NESTING);
	assert_int_equal(t.broken, 0);
	cfi_done(&t);
	t = one(deep, CFI_MAX_NESTING + 1);
	assert_int_equal(t.broken, 1);
	cfi_done(&t);
}

static void test_advances(void **state)
{
	struct cfi_table t =
		one(CODE(0x02, 5, 0x0e, 16, 0x03, 6, 0, 0x0e, 24, 0x04, 7, 0, 0, 0, 0x0e, 32, 0x1d,
			 8, 0, 0, 0, 0, 0, 0, 0, 0x0e, 40, 0x40, 0x0e, 48));

	(void)state;
	assert_int_equal(t.rows.n, 6);
	assert_place(rule_at(&t, 4)->cfa, CFI_REG, RSP, 8, 0);
	assert_place(rule_at(&t, 5)->cfa, CFI_REG, RSP, 16, 0);
	assert_place(rule_at(&t, 11)->cfa, CFI_REG, RSP, 24, 0);
	assert_place(rule_at(&t, 18)->cfa, CFI_REG, RSP, 32, 0);
	assert_place(rule_at(&t, 26)->cfa, CFI_REG, RSP, 48, 0); /* an advance by 0 in between */
	cfi_done(&t);
	/* Past the end of the function: what follows is of no use. */
	t = one(CODE(0x02, 200, 0x0e, 16, 0x3f));
	assert_int_equal(t.rows.n, 2);
	assert_int_equal(t.broken, 0);
	cfi_done(&t);
}

static void test_set_location(void **state)
{
	struct maker m = {.pointer = 0x04};
	uint64_t there = MADE_CODE + 30, before = MADE_CODE + 10;
	uint8_t program[11] = {0x01, [9] = 0x0e, [10] = 16};
	struct cfi_table t;

	(void)state;
	make_cie(&m, "zR", CODE(0x04));
	memcpy(program + 1, &there, 8);
	make_fde(&m, MADE_CODE, 100, program, sizeof(program));
	memcpy(program + 1, &before, 8);
	make_fde(&m, MADE_CODE + 200, 100, program, sizeof(program));
	assert_int_equal(make_table(&m, 0, &t), 0);
	assert_place(rule_at(&t, 29)->cfa, CFI_REG, RSP, 8, 0);
	assert_place(rule_at(&t, 30)->cfa, CFI_REG, RSP, 16, 0);
	assert_int_equal(cfi_find(&t, MADE_CODE + 200), CFI_RULE_BROKEN);
	cfi_done(&t);
}

static void test_pointers(void **state)
{
	static const uint8_t encodings[] = {0x00, 0x01, 0x03, 0x04, 0x09, 0x0b, 0x0c, 0x10,
					    0x11, 0x14, 0x19, 0x1b, 0x1c, 0x20, 0x23};
	static const uint8_t refused[] = {0x30, 0x3b, 0x40, 0x50, 0x05, 0x0f, 0x80, 0x9b, 0xff};

	(void)state;
	for (size_t i = 0; i < sizeof(encodings) + sizeof(refused); i++) {
		bool good = i < sizeof(encodings);
		uint8_t encoding = good ? encodings[i] : refused[i - sizeof(encodings)];
		struct maker m = {.pointer = encoding};
		struct cfi_table t;

		make_cie(&m, "zR", &encoding, 1);
		make_fde(&m, MADE_CODE + 7, 100, CODE(0x41, 0x0e, 16));
		/* One that is always understood, so that there is a table. */
		m.pointer = 0x1b;
		make_cie(&m, "zR", CODE(0x1b));
		make_fde(&m, MADE_CODE + 200, 1, CODE(0));
		assert_int_equal(make_table(&m, 0, &t), 0);
		assert_int_equal(t.skipped, !good);
		assert_int_equal(cfi_find(&t, MADE_CODE + 7) != CFI_RULE_NONE, good);
		assert_int_equal(cfi_find(&t, MADE_CODE + 107), CFI_RULE_NONE);
		cfi_done(&t);
	}
}

static void test_augmentations(void **state)
{
	static const struct {
		const char *letters;
		uint8_t data[16];
		uint8_t n;
		bool good, interrupted;
	} cases[] = {
		{"zR", {0x1b}, 1, true, false},
		{"zRS", {0x1b}, 1, true, true},
		{"zRB", {0x1b}, 1, true, false},
		{"zPLR", {0x9b, 1, 2, 3, 4, 0x1b, 0x1b}, 7, true, false},
		{"zPR", {0x00, 1, 2, 3, 4, 5, 6, 7, 8, 0x1b}, 10, true, false},
		{"zPR", {0xff, 0x1b}, 2, true, false},
		{"zR", {0}, 0, false, false}, /* says R, has no data */
		{"zQR", {0x1b}, 1, false, false},
		{"eh", {0}, 8, false, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct maker m = {.pointer = 0x1b};
		struct cfi_table t;

		make_cie(&m, cases[i].letters, cases[i].data, cases[i].n);
		make_fde(&m, MADE_CODE, 100, CODE(0x41, 0x0e, 16));
		make_cie(&m, "zR", CODE(0x1b));
		make_fde(&m, MADE_CODE + 200, 1, CODE(0));
		assert_int_equal(make_table(&m, 0, &t), 0);
		assert_int_equal(t.skipped, !cases[i].good);
		if (cases[i].good)
			assert_int_equal(rule_at(&t, 0)->interrupted, cases[i].interrupted);
		else
			assert_int_equal(cfi_find(&t, MADE_CODE), CFI_RULE_NONE);
		cfi_done(&t);
	}
}

static void test_order(void **state)
{
	struct maker m = maker_of_gcc();
	struct cfi_table t;

	(void)state;
	make_fde(&m, MADE_CODE + 300, 50, CODE(0x0e, 16));
	make_word(&m, 0, 4); /* an end in the middle, as startup files have it */
	make_fde(&m, MADE_CODE + 100, 50, CODE(0x0e, 24));
	make_fde(&m, MADE_CODE + 130, 40, CODE(0x0e, 32)); /* overlaps the one before */
	make_fde(&m, MADE_CODE + 170, 30, CODE(0x0e, 32)); /* goes on with the same rule */
	make_fde(&m, MADE_CODE + 400, 0, CODE(0x0e, 40));
	assert_int_equal(make_table(&m, 0, &t), 0);
	assert_int_equal(t.rows.n, 5);
	assert_int_equal(cfi_find(&t, MADE_CODE + 99), CFI_RULE_NONE);
	assert_place(rule_at(&t, 129)->cfa, CFI_REG, RSP, 24, 0);
	assert_place(rule_at(&t, 130)->cfa, CFI_REG, RSP, 32, 0);
	assert_place(rule_at(&t, 199)->cfa, CFI_REG, RSP, 32, 0);
	assert_int_equal(cfi_find(&t, MADE_CODE + 200), CFI_RULE_NONE);
	assert_place(rule_at(&t, 300)->cfa, CFI_REG, RSP, 16, 0);
	assert_int_equal(cfi_find(&t, MADE_CODE + 350), CFI_RULE_NONE);
	cfi_done(&t);
}

/* 32 and 64 bit lengths, in both kinds of section. */
static void test_formats(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++) {
		struct maker m = {.debug = i & 1, .wide = i & 2, .pointer = i & 1 ? 0x00 : 0x1b};
		struct cfi_table t;

		if (m.debug)
			make_cie(&m, "", NULL, 0);
		else
			make_cie(&m, "zR", CODE(0x1b));
		make_fde(&m, MADE_CODE, 100, CODE(0x41, 0x0e, 16));
		assert_int_equal(make_table(&m, 0, &t), 0);
		assert_int_equal(t.rows.n, 3);
		assert_place(rule_at(&t, 1)->cfa, CFI_REG, RSP, 16, 0);
		cfi_done(&t);
	}
}

static void test_compressed(void **state)
{
	static const struct {
		int64_t more; /* than the truth, in the header */
		int err;
	} cases[] = {{0, 0}, {1, -EBADMSG}, {-1, -EBADMSG}, {CFI_MAX_SECTION, -EFBIG}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct maker m = {.debug = true};
		struct cfi_table t = {0};

		make_cie(&m, "", NULL, 0);
		make_fde(&m, MADE_CODE, 100, CODE(0x41, 0x0e, 16));
		make_compressed(&m, m.bytes.len + (uint64_t)cases[i].more);
		assert_int_equal(make_table(&m, SHF_COMPRESSED, &t), cases[i].err);
		if (!cases[i].err)
			assert_place(rule_at(&t, 1)->cfa, CFI_REG, RSP, 16, 0);
		cfi_done(&t);
	}
}

static void test_malformed(void **state)
{
	struct maker m = maker_of_gcc();
	struct cfi_table t;
	size_t whole, first;

	(void)state;
	m.cie += 4; /* the next one points into the middle of its CIE */
	make_fde(&m, MADE_CODE, 100, CODE(0));
	assert_int_equal(make_table(&m, 0, &t), -EBADMSG);
	m = maker_of_gcc();
	assert_int_equal(make_table(&m, 0, &t), -ENODATA);
	assert_int_equal(make_table(&m, 0, &t), -ENODATA); /* an empty section */
	m = maker_of_gcc();
	first = m.bytes.len; /* the CIE alone is well-formed, and says nothing */
	make_fde(&m, MADE_CODE, 100, CODE(0x41, 0x0e, 16));
	whole = m.bytes.len;
	buf_done(&m.bytes);
	for (size_t n = 1; n < whole; n++) {
		m = maker_of_gcc();
		make_fde(&m, MADE_CODE, 100, CODE(0x41, 0x0e, 16));
		m.bytes.len = n;
		assert_int_equal(make_table(&m, 0, &t), n == first ? -ENODATA : -EBADMSG);
	}
}

static int read_image(const char *bytes, size_t size, struct cfi_table *ret_table)
{
	struct elf_file f;
	int err = elf_file_init_memory(&f, bytes, size);

	if (err)
		return err;
	err = cfi_read(&f, ret_table);
	elf_file_done(&f);
	return err;
}

static void test_without_sections(void **state)
{
	struct cfi_table with, without, other = {0};
	size_t size;
	char *bytes = made_self(&size);
	Elf64_Ehdr *header = (void *)bytes;

	(void)state;
	assert_int_equal(read_image(bytes, size, &with), 0);
	assert_true(with.rows.n > 100);
	assert_int_equal(with.broken + with.skipped, 0);
	header->e_shoff = 0;
	header->e_shnum = header->e_shstrndx = 0;
	assert_int_equal(read_image(bytes, size, &without), 0);
	assert_int_equal(with.rows.n, without.rows.n);
	for (size_t i = 0; i < with.rows.n; i++)
		assert_int_equal(with.rows.at[i].start, without.rows.at[i].start);
	header->e_machine = EM_AARCH64;
	assert_int_equal(read_image(bytes, size, &other), -EOPNOTSUPP);
	cfi_done(&with);
	cfi_done(&without);
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prologue),
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_restore),
		cmocka_unit_test(test_cfa),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_nesting),
		cmocka_unit_test(test_advances),
		cmocka_unit_test(test_set_location),
		cmocka_unit_test(test_pointers),
		cmocka_unit_test(test_augmentations),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_compressed),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_without_sections),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
