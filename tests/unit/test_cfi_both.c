// SPDX-License-Identifier: GPL-2.0-or-later
/* Call frame information in two sections of one file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "cfi_maker.h"

/* The CFA is rsp + n. */
static void assert_cfa(const struct cfi_table *t, uint64_t offset, int n)
{
	const struct cfi_place *cfa = &t->rules.at[cfi_find(t, MADE_CODE + offset)].cfa;

	assert_int_equal(cfa->how, CFI_REG);
	assert_int_equal(cfa->reg, CFI_X86_64_RSP);
	assert_int_equal(cfa->n, n);
}

/* A file with both: .debug_frame is believed where .eh_frame says nothing. */
static void test_both(void **state)
{
	struct maker eh = maker_of_gcc(), debug = {.debug = true};
	struct image_section sections[2] = {{.name = ".eh_frame"}, {.name = ".debug_frame"}};
	struct buf image = {0};
	struct cfi_table t;
	struct elf_file f;

	(void)state;
	make_fde(&eh, MADE_CODE + 100, 100, CODE(0x0e, 16));
	make_fde(&eh, MADE_CODE + 300, 100, CODE(0x0e, 16));
	make_cie(&debug, "", NULL, 0);
	make_fde(&debug, MADE_CODE + 50, 400, CODE(0x0e, 16, 0x40 | 25, 0x0e, 24));
	make_fde(&debug, MADE_CODE + 600, 10, CODE(0x0e, 32));
	sections[0].bytes = eh.bytes.data;
	sections[0].n = eh.bytes.len;
	sections[1].bytes = debug.bytes.data;
	sections[1].n = debug.bytes.len;
	for (int broken = 0; broken < 2; broken++) {
		sections[1].n -= broken ? 3 : 0;
		image_make_sections(&image, sections, 2);
		assert_int_equal(elf_file_init_memory(&f, image.data, image.len), 0);
		assert_int_equal(cfi_read(&f, &t), 0);
		for (size_t i = 0; i < t.rows.n; i++)
			assert_true(!i || t.rows.at[i].start > t.rows.at[i - 1].start);
		assert_int_equal(t.rows.at[t.rows.n - 1].rule, CFI_RULE_NONE);
		assert_cfa(&t, 100, 16);
		assert_cfa(&t, 399, 16);
		assert_int_equal(cfi_find(&t, MADE_CODE + 450), CFI_RULE_NONE);
		if (broken) {
			assert_int_equal(t.rows.n, 4);
			assert_int_equal(cfi_find(&t, MADE_CODE + 99), CFI_RULE_NONE);
		} else {
			assert_int_equal(t.rows.n, 9);
			assert_cfa(&t, 74, 16);
			assert_cfa(&t, 99, 24);
			assert_cfa(&t, 200, 24);
			assert_cfa(&t, 449, 24);
			assert_cfa(&t, 609, 32);
		}
		cfi_done(&t);
		elf_file_done(&f);
		buf_clear(&image);
	}
	buf_done(&image);
	buf_done(&eh.bytes);
	buf_done(&debug.bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_both)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
