// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as call frame information: the first byte says whether the rest is .eh_frame,
 * .debug_frame or a whole ELF file. What is understood must come back from the lookup.
 * tests/fuzz/seed_cfi.sh makes files to start from.
 */
#include <stdint.h>
#include <stdlib.h>

#include "../oracle/image.h"
#include "../oracle/lookup.h"
#include "elf/cfi.h"
#include "elf/file.h"
#include "elf/known.h"

#define MAX_CHECKED 4096 /* rows of one input */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void demand(bool holds)
{
	if (!holds)
		abort();
}

/*
 * The table knows more than the file says: that the stack ends at the entry point, what handlers
 * return to, and the byte behind it.
 */
static bool is_known(const struct known *known, const struct elf_segment *s,
		     const struct hp_unwind_table *table, uint64_t address,
		     union hp_unwind_rule got)
{
	union hp_unwind_rule before = {.word = HP_UNWIND_NONE};
	const struct known_code *code;

	if (address > s->vaddr)
		before = lookup_rule(table, address - 1 - s->vaddr + s->offset);
	if (got.how == (HP_UNWIND_SIGNAL | HP_UNWIND_INTERRUPTED) && before.how == got.how)
		return true;
	vec_each(code, &known->code) {
		if (address >= code->start && address < code->end)
			return unwind_known_rule(known, code->kind).word == got.word;
	}
	return false;
}

/* Without segments that share bytes of the file, an address has one offset. */
static void check_place(const struct known *known, const struct elf_segment *s,
			const struct cfi_table *cfi, uint64_t address,
			const struct hp_unwind_table *table)
{
	union hp_unwind_rule want = {.word = HP_UNWIND_NONE}, got;
	enum rule_refusal refusal;
	uint32_t rule;

	if (address < s->vaddr || address - s->vaddr >= s->filesz)
		return;
	rule = cfi_find(cfi, address);
	if (rule == CFI_RULE_BROKEN)
		want.how = HP_UNWIND_UNSUP;
	else if (rule != CFI_RULE_NONE)
		want = rule_of(&cfi->rules.at[rule], &refusal);
	got = lookup_rule(table, address - s->vaddr + s->offset);
	demand(got.word == want.word || is_known(known, s, table, address, got));
}

static void check_table(const struct elf_file *f, const struct cfi_table *cfi,
			const struct unwind_blob *blob)
{
	struct hp_unwind_table table = lookup_place(blob);
	const struct elf_segment *s = NULL, *each;
	struct known known;
	size_t n = 0;

	demand(!known_read(f, cfi, &known));
	for (size_t i = 0; i < known.code.n; i++) {
		demand(known.code.at[i].start < known.code.at[i].end);
		demand(!i || known.code.at[i - 1].end <= known.code.at[i].start);
	}
	vec_each(each, &f->segments) {
		n += each->executable && each->filesz;
		s = each->executable && each->filesz ? each : s;
	}
	for (size_t i = 0; i + 1 < cfi->rows.n && i < MAX_CHECKED; i++) {
		uint64_t start = cfi->rows.at[i].start, end = cfi->rows.at[i + 1].start;

		demand(start < end && cfi->rows.at[i].rule != cfi->rows.at[i + 1].rule);
		demand(cfi->rows.at[i].rule < cfi->rules.n);
		if (n != 1)
			continue;
		check_place(&known, s, cfi, start - 1, &table);
		check_place(&known, s, cfi, start, &table);
		check_place(&known, s, cfi, start + (end - start) / 2, &table);
		check_place(&known, s, cfi, end - 1, &table);
	}
	for (uint64_t offset = 0; offset < 1 << 16; offset += 251)
		lookup_rule(&table, offset);
	lookup_done();
	known_done(&known);
}

static void read_image(const void *image, size_t size)
{
	struct unwind_table table;
	struct cfi_table cfi;
	struct elf_file f;

	if (elf_file_init_memory(&f, image, size))
		return;
	if (!cfi_read(&f, &cfi)) {
		demand(cfi.rows.n && cfi.rows.at[cfi.rows.n - 1].rule == CFI_RULE_NONE);
		if (!unwind_table_build(&f, &cfi, &table)) {
			check_table(&f, &cfi, &table.blob);
			unwind_table_done(&table);
		}
		cfi_done(&cfi);
	}
	elf_file_done(&f);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct buf image = {0};

	if (!size)
		return 0;
	if (bytes[0] % 3 == 2) {
		/* A copy of its own, so that a sanitizer sees where it ends. */
		buf_add(&image, bytes + 1, size - 1);
	} else {
		image_make(&image, bytes[0] % 3 ? ".debug_frame" : ".eh_frame", 0, bytes + 1,
			   size - 1);
	}
	if (image.len)
		read_image(image.data, image.len);
	buf_done(&image);
	return 0;
}
