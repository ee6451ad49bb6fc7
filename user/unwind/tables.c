// SPDX-License-Identifier: GPL-2.0-or-later
#include "unwind/tables.h"

#include <errno.h>
#include <stdlib.h>

#include "elf/cfi.h"
#include "elf/file.h"
#include "elf/known.h"

struct mapped_rule {
	uint32_t rule; /* of the encoder */
	enum rule_refusal refusal;
};

struct builder {
	const struct cfi_table *cfi;
	struct encoder encoder;
	struct mapped_rule *rules; /* by number in cfi->rules */
	struct known known;
	size_t next;			  /* the first of known.code that may lie ahead */
	uint32_t known_rule[KNOWN_KINDS]; /* of the encoder, by enum known_kind */
	struct unwind_counts counts;
};

static union hp_unwind_rule go_rule(const struct known_go *go, unsigned int how)
{
	union hp_unwind_rule rule = {.how = (uint8_t)(HP_UNWIND_GO | how)};

	if ((how & HP_GO_MASK) == HP_GO_DEPTH) {
		rule.from = go->frame_g;
		rule.add = go->frame_depth;
	} else if ((how & HP_GO_MASK) != HP_GO_BP) {
		rule.from = go->tls;
		rule.add = go->curg;
		rule.bx = go->m / 8;
		rule.bp = go->bp;
	}
	return rule;
}

union hp_unwind_rule unwind_known_rule(const struct known *known, enum known_kind kind)
{
	const struct known_go *go = &known->go;

	switch (kind) {
	case KNOWN_BOTTOM: return (union hp_unwind_rule){.how = HP_UNWIND_END};
	case KNOWN_RETURN:
		return (union hp_unwind_rule){.how = HP_UNWIND_END | HP_UNWIND_INTERRUPTED};
	case KNOWN_SIGNAL:
		return (union hp_unwind_rule){.how = HP_UNWIND_SIGNAL | HP_UNWIND_INTERRUPTED};
	case KNOWN_CALLED: return (union hp_unwind_rule){.how = HP_UNWIND_SP, .cfa = 8};
	case KNOWN_CALLED_8: return (union hp_unwind_rule){.how = HP_UNWIND_SP, .cfa = 16};
	case KNOWN_CLONED: return (union hp_unwind_rule){.how = HP_UNWIND_CLONED};
	case KNOWN_KEPT_BP:
		return (union hp_unwind_rule){.how = HP_UNWIND_SP_DEREF | HP_UNWIND_BP_AT_CFA,
					      .bp = -16,
					      .from = -16,
					      .add = 16};
	case KNOWN_GO_SAVED: return go_rule(go, HP_GO_SAVED);
	case KNOWN_GO_SAVED_FRAMED: return go_rule(go, HP_GO_SAVED | HP_GO_FRAMED);
	case KNOWN_GO_STOPPED: return go_rule(go, HP_GO_STOPPED);
	case KNOWN_GO_DEPTH: return go_rule(go, HP_GO_DEPTH);
	case KNOWN_GO_DEPTH_FRAMED: return go_rule(go, HP_GO_DEPTH | HP_GO_FRAMED);
	case KNOWN_GO_BP: return go_rule(go, HP_GO_BP | HP_GO_FRAMED);
	default: return (union hp_unwind_rule){.word = HP_UNWIND_NONE};
	}
}

static int map_known(struct builder *b)
{
	for (int kind = 0; kind < KNOWN_KINDS; kind++) {
		int err = encoder_rule(&b->encoder, unwind_known_rule(&b->known, kind),
				       &b->known_rule[kind]);

		if (err)
			return err;
	}
	return 0;
}

static int map_rules(struct builder *b)
{
	const struct cfi_table *cfi = b->cfi;

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
	return map_known(b);
}

static void add_code(struct builder *b, const struct elf_segment *s, uint64_t start, uint64_t end,
		     uint32_t rule)
{
	encoder_add(&b->encoder, start - s->vaddr + s->offset, end - s->vaddr + s->offset, rule);
}

/* What is known of [start, end) goes before the rule that the file has for it. */
static void add_known(struct builder *b, const struct elf_segment *s, uint64_t start, uint64_t end,
		      uint32_t rule)
{
	const struct known *known = &b->known;

	while (b->next < known->code.n && known->code.at[b->next].end <= start)
		b->next++;
	for (size_t i = b->next; i < known->code.n && known->code.at[i].start < end; i++) {
		const struct known_code *code = &known->code.at[i];

		if (rule && start < code->start)
			add_code(b, s, start, code->start, rule);
		if (start < code->start)
			start = code->start;
		add_code(b, s, start, code->end < end ? code->end : end, b->known_rule[code->kind]);
		start = code->end;
	}
	if (rule && start < end)
		add_code(b, s, start, end, rule);
}

/*
 * While the kernel takes a signal frame away the process stands behind the code that asked for it,
 * where nothing else is.
 */
static void add_behind_signal(struct builder *b, const struct elf_segment *s, uint64_t address)
{
	const struct encoder *e = &b->encoder;
	uint64_t offset = address - s->vaddr + s->offset;

	if (e->spans.n && e->end == offset &&
	    e->spans.at[e->spans.n - 1].rule == b->known_rule[KNOWN_SIGNAL])
		add_code(b, s, address, address + 1, b->known_rule[KNOWN_SIGNAL]);
}

static void add_segment(struct builder *b, const struct elf_segment *s)
{
	const struct cfi_table *cfi = b->cfi;
	uint64_t at = s->vaddr, end = s->vaddr + s->filesz;
	size_t row = cfi_row_find(cfi, at);

	b->next = 0;
	while (at < end) {
		struct cfi_piece piece = cfi_piece_next(cfi, &row, at, end);
		const struct mapped_rule *mapped = &b->rules[piece.rule];

		if (piece.rule == CFI_RULE_NONE && piece.start > s->vaddr)
			add_behind_signal(b, s, piece.start);
		add_known(b, s, piece.start, piece.end, mapped->rule);
		b->counts.rows += piece.rule != CFI_RULE_NONE;
		b->counts.refused[mapped->refusal]++;
		at = piece.end;
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
	int err;

	encoder_init(&b.encoder);
	err = known_read(f, cfi, &b.known);
	if (!err)
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
	known_done(&b.known);
	free(b.rules);
	return err;
}

int unwind_table_read_file(const struct elf_file *f, struct unwind_table *ret_table)
{
	struct cfi_table cfi;
	int err = cfi_read(f, &cfi);

	/* Without any of it there may still be code that is known. */
	if (err == -ENODATA) {
		cfi_init(&cfi);
		err = 0;
	}
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
	err = unwind_table_read_file(&f, ret_table);
	elf_file_done(&f);
	return err;
}

int unwind_table_read_memory(const void *image, size_t size, struct unwind_table *ret_table)
{
	struct elf_file f;
	int err = elf_file_init_memory(&f, image, size);

	if (err)
		return err;
	err = unwind_table_read_file(&f, ret_table);
	elf_file_done(&f);
	return err;
}

void unwind_table_done(struct unwind_table *t)
{
	unwind_blob_done(&t->blob);
	*t = (struct unwind_table){0};
}
