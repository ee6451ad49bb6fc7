// SPDX-License-Identifier: GPL-2.0-or-later
#include "unwind/tables.h"

#include <errno.h>
#include <stdlib.h>

#include "elf/cfi.h"
#include "elf/file.h"

struct mapped_rule {
	uint32_t rule; /* of the encoder */
	enum rule_refusal refusal;
};

struct builder {
	const struct cfi_table *cfi;
	struct encoder encoder;
	struct mapped_rule *rules; /* by number in cfi->rules */
	uint64_t entry;		   /* where the program begins; 0: not known */
	uint32_t end_rule;	   /* of the encoder: HP_UNWIND_END */
	struct unwind_counts counts;
};

static int map_rules(struct builder *b)
{
	const struct cfi_table *cfi = b->cfi;
	union hp_unwind_rule outermost = {.how = HP_UNWIND_END};

	b->rules = mem_array(cfi->rules.n, sizeof(*b->rules));
	for (size_t i = 0; i < cfi->rules.n; i++) {
		struct mapped_rule *to = &b->rules[i];
		union hp_unwind_rule rule = {.word = HP_UNWIND_NONE};
		int err;

		if (i == CFI_RULE_BROKEN) {
			rule.how = HP_UNWIND_UNSUP;
			to->refusal = RULE_BROKEN;
		} else if (i != CFI_RULE_NONE) {
			rule = rule_of(&cfi->rules.at[i], &to->refusal);
		}
		err = encoder_rule(&b->encoder, rule, &to->rule);
		if (err)
			return err;
	}
	return encoder_rule(&b->encoder, outermost, &b->end_rule);
}

/* The first row that ends behind an address. */
static size_t first_row(const struct cfi_table *cfi, uint64_t address)
{
	size_t low = 0, high = cfi->rows.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (cfi->rows.at[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? low - 1 : 0;
}

/*
 * A program begins at its entry point, so nothing called it. Where no row says so (the dynamic
 * linker's has none) we do.
 */
static void add_entry(struct builder *b, const struct elf_segment *s, uint64_t from, uint64_t to)
{
	uint64_t start = b->entry, end = b->entry + UNWIND_ENTRY_BYTES;

	if (!start || start < from || start >= to)
		return;
	if (end > to)
		end = to;
	encoder_add(&b->encoder, start - s->vaddr + s->offset, end - s->vaddr + s->offset,
		    b->end_rule);
}

static void add_segment(struct builder *b, const struct elf_segment *s)
{
	const struct cfi_table *cfi = b->cfi;
	uint64_t end = s->vaddr + s->filesz;
	size_t first = first_row(cfi, s->vaddr);

	if (first < cfi->rows.n)
		add_entry(b, s, s->vaddr, cfi->rows.at[first].start);
	for (size_t i = first; i + 1 < cfi->rows.n; i++) {
		const struct cfi_row *row = &cfi->rows.at[i];
		uint64_t from = row->start > s->vaddr ? row->start : s->vaddr;
		uint64_t to = row[1].start < end ? row[1].start : end;

		if (from >= end)
			break;
		if (row->rule == CFI_RULE_NONE)
			add_entry(b, s, from, to);
		if (row->rule == CFI_RULE_NONE || from >= to)
			continue;
		encoder_add(&b->encoder, from - s->vaddr + s->offset, to - s->vaddr + s->offset,
			    b->rules[row->rule].rule);
		b->counts.rows++;
		b->counts.refused[b->rules[row->rule].refusal]++;
	}
}

static int order_segments(const void *left, const void *right)
{
	const struct elf_segment *a = left, *b = right;

	return (a->offset > b->offset) - (a->offset < b->offset);
}

/* By rising offset, as the encoder wants them; of two over the same bytes the first is kept. */
static void add_segments(struct builder *b, const struct elf_file *f)
{
	VEC(struct elf_segment) code = {0};
	const struct elf_segment *s;

	vec_each(s, &f->segments) {
		if (s->executable && s->filesz)
			vec_push(&code, *s);
	}
	if (code.n)
		qsort(code.at, code.n, sizeof(*code.at), order_segments);
	vec_each(s, &code) {
		add_segment(b, s);
	}
	vec_done(&code);
}

int unwind_table_build(const struct elf_file *f, const struct cfi_table *cfi,
		       struct unwind_table *ret_table)
{
	struct builder b = {.cfi = cfi};
	struct unwind_blob blob;
	GElf_Ehdr header;
	int err;

	encoder_init(&b.encoder);
	if (gelf_getehdr(f->elf, &header))
		b.entry = header.e_entry;
	err = map_rules(&b);
	if (err)
		goto out;
	add_segments(&b, f);
	err = encoder_finish(&b.encoder, &blob);
	if (err)
		goto out;
	b.counts.fdes = cfi->fdes;
	b.counts.skipped = cfi->skipped;
	b.counts.broken = cfi->broken;
	b.counts.refused[RULE_FITS] = 0;
	b.counts.rules = (uint32_t)b.encoder.rules.n;
	*ret_table = (struct unwind_table){.blob = blob, .counts = b.counts};
out:
	encoder_done(&b.encoder);
	free(b.rules);
	return err;
}

static int read_table(const struct elf_file *f, struct unwind_table *ret_table)
{
	struct cfi_table cfi;
	int err = cfi_read(f, &cfi);

	if (err)
		return err;
	err = unwind_table_build(f, &cfi, ret_table);
	cfi_done(&cfi);
	return err;
}

int unwind_table_read(int fd, struct unwind_table *ret_table)
{
	struct elf_file f;
	int err = elf_file_init(&f, fd);

	if (err)
		return err;
	err = read_table(&f, ret_table);
	elf_file_done(&f);
	return err;
}

int unwind_table_read_memory(const void *image, size_t size, struct unwind_table *ret_table)
{
	struct elf_file f;
	int err = elf_file_init_memory(&f, image, size);

	if (err)
		return err;
	err = read_table(&f, ret_table);
	elf_file_done(&f);
	return err;
}

void unwind_table_done(struct unwind_table *t)
{
	unwind_blob_done(&t->blob);
	*t = (struct unwind_table){0};
}
