// SPDX-License-Identifier: GPL-2.0-or-later
/* The half of `report --list` that shows instructions and addresses. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/list_build.h"
#include "elf/buildid.h"
#include "util/procfs.h"

#define KALLSYMS     "/proc/kallsyms"
#define KERNEL_NOTES "/sys/kernel/notes"
#define MAX_ROWS     200 /* instructions of a function that is shown whole */
#define WINDOW	     8	 /* instructions shown around those with samples where it is not */

#define MAX_PIECES 20 /* of one function: what was inlined is in many places */

/* Places of one function in one piece of code. */
struct piece {
	const struct listing_place *at;
	size_t n;
	int64_t self, cumulative; /* of the largest place */
	bool known;		  /* the range is, else the places have no code to show */
	struct code_range range;
};

struct pieces {
	VEC(struct piece) at;
};

struct code *list_code_open(struct list_builder *b, uint32_t mapping)
{
	const struct profile_mapping *m;

	if (mapping == PROFILE_NONE) {
		buf_clear(&b->code_why);
		buf_puts(&b->code_why, "the recording does not tell which file the code is in");
		return NULL;
	}
	if (mapping == b->code_mapping)
		return b->code;
	code_free(b->code);
	b->code = NULL;
	b->code_mapping = mapping;
	buf_clear(&b->code_why);
	m = &b->p->mappings.at[mapping];
	if (code_open(profile_str(b->p, m->file), profile_str(b->p, m->build_id), &b->code,
		      &b->code_why))
		b->code = NULL;
	return b->code;
}

/* The running kernel's symbols, when it is the kernel of the recording. */
static const struct kallsyms *kernel_symbols(struct list_builder *b, uint32_t mapping)
{
	const char *wanted = profile_str(b->p, b->p->mappings.at[mapping].build_id);
	struct buildid id = {.text = ""};
	struct buf notes = {0};

	if (b->kernel_tried)
		return b->have_kernel ? &b->kernel : NULL;
	b->kernel_tried = true;
	if (!procfs_read(KERNEL_NOTES, &notes, BUILDID_MAX_NOTES))
		buildid_find(notes.data, notes.len, 4, &id);
	buf_done(&notes);
	if (*wanted && !strcmp(wanted, id.text))
		b->have_kernel = !kallsyms_init(&b->kernel, KALLSYMS, false);
	return b->have_kernel ? &b->kernel : NULL;
}

/* Where a kernel function begins. After a reboot other addresses have the name: no answer. */
static uint64_t kernel_base(struct list_builder *b, const struct listing_function *f,
			    const struct listing_place *place)
{
	const struct kallsyms *k = kernel_symbols(b, place->mapping);
	const struct symbol *symbol = k ? symtab_find(&k->symbols, place->address, NULL) : NULL;

	return symbol && !strcmp(symtab_name(&k->symbols, symbol), f->name) ? symbol->addr : 0;
}

static struct list_block *add_block(struct list_part *part, enum list_form form)
{
	struct list_block block = {.form = form};

	vec_push(&part->blocks, block);
	return &part->blocks.at[part->blocks.n - 1];
}

/* The last resort: the addresses that were sampled. */
static void add_addresses(struct list_builder *b, const struct listing_function *f,
			  struct list_part *part, const struct piece *piece, const char *why)
{
	struct list_block *block = add_block(part, LIST_ADDRESSES);
	char *note = mem_printf("no code: %s", why);

	list_note(b, block, note);
	free(note);
	if (f->kernel && piece->at->mapping != PROFILE_NONE)
		block->base = kernel_base(b, f, piece->at);
	for (size_t i = 0; i < piece->n; i++) {
		struct list_row row = {.at = piece->at[i].address,
				       .self = piece->at[i].self,
				       .cumulative = piece->at[i].cumulative};

		if (piece->at[i].line <= UINT32_MAX)
			row.line = (uint32_t)piece->at[i].line;
		row.file = row.line ? intern_add(&b->list->texts, f->file) : 0;
		if (row.self || row.cumulative)
			vec_push(&block->rows, row);
	}
}

static bool all_inlined(const struct piece *piece)
{
	for (size_t i = 0; i < piece->n; i++)
		if (!piece->at[i].inlined)
			return false;
	return true;
}

/* What this is, where the name above does not say it. */
static void set_title(struct list_builder *b, const struct listing_function *f,
		      const struct piece *piece, struct list_block *block)
{
	uint64_t begin = piece->range.start;
	struct buf title = {0};

	if (!*f->name) {
		buf_printf(&title, "%s+0x%" PRIx64, f->module, begin);
	} else if (all_inlined(piece)) {
		buf_puts(&title, "inlined into ");
		if (piece->range.named)
			code_range_name(b->code, &piece->range, &title);
		else
			buf_printf(&title, "%s+0x%" PRIx64, f->module, begin);
	}
	block->title = intern_add(&b->list->texts, buf_str(&title));
	buf_done(&title);
}

/* Adds the samples of the places that lie in each instruction, callers' in the call itself. */
static void push_instructions(struct list_builder *b, const struct piece *piece,
			      const struct code_text *text, struct list_block *block)
{
	const struct profile_mapping *m = &b->p->mappings.at[piece->at->mapping];
	const struct code_row *from;
	size_t i = 0;

	vec_each(from, &text->rows) {
		struct list_row row = {.at = from->address, .line = from->line};

		for (; i < piece->n; i++) {
			const struct listing_place *place = &piece->at[i];

			if (code_address(b->code, m, place->address) >= from->address + from->size)
				break;
			row.self = profile_sum(row.self, place->self);
			row.cumulative = profile_sum(row.cumulative, place->cumulative);
		}
		row.text = intern_add(&b->list->texts, intern_str(&text->texts, from->text));
		row.target = intern_add(&b->list->texts, intern_str(&text->texts, from->target));
		row.file = intern_add(&b->list->texts, intern_str(&text->texts, from->file));
		vec_push(&block->rows, row);
	}
}

/* Leaves out what is further than WINDOW from any sample. */
static void keep_windows(struct list_block *block)
{
	size_t n = block->rows.n, last = SIZE_MAX, next = 0;
	VEC(struct list_row) kept = {0};

	for (size_t i = 0; i < n; i++) {
		struct list_row *row = &block->rows.at[i], skipped = {.skipped = 1};

		if (row->self || row->cumulative)
			last = i;
		if (next <= i) {
			for (next = i + 1; next < n; next++)
				if (block->rows.at[next].self || block->rows.at[next].cumulative)
					break;
		}
		if ((last != SIZE_MAX && i - last <= WINDOW) || (next < n && next - i <= WINDOW))
			vec_push(&kept, *row);
		else if (kept.n && kept.at[kept.n - 1].skipped)
			kept.at[kept.n - 1].skipped++;
		else
			vec_push(&kept, skipped);
	}
	vec_done(&block->rows);
	vec_append(&block->rows, kept.at, kept.n);
	vec_done(&kept);
}

static void add_piece(struct list_builder *b, const struct listing_function *f,
		      struct list_part *part, const struct piece *piece)
{
	struct list_block *block;
	struct code_text text;
	int err = code_read(b->code, &piece->range, &text);
	char *note = NULL;

	if (err) {
		note = err == -EFBIG ? mem_printf("the function is larger than can be shown")
				     : mem_printf("cannot read it: %s", strerror(-err));
		add_addresses(b, f, part, piece, note);
		free(note);
		return;
	}
	block = add_block(part, LIST_CODE);
	block->base = piece->range.start;
	set_title(b, f, piece, block);
	push_instructions(b, piece, &text, block);
	if (text.err) {
		note = mem_printf("the disassembly ends early: %s", strerror(-text.err));
		list_note(b, block, note);
		free(note);
	}
	if (block->rows.n > MAX_ROWS || all_inlined(piece))
		keep_windows(block);
	code_text_done(&text);
}

static void push_piece(struct pieces *pieces, struct piece piece)
{
	for (size_t i = 0; i < piece.n; i++) {
		piece.self = profile_sum(piece.self, piece.at[i].self);
		if (piece.at[i].cumulative > piece.cumulative)
			piece.cumulative = piece.at[i].cumulative;
	}
	vec_push(&pieces->at, piece);
}

/* Cuts the places of one mapping where the functions around them begin and end. */
static void cut_mapping(struct list_builder *b, const struct listing_place *at, size_t n,
			struct pieces *pieces)
{
	struct code *code = list_code_open(b, at->mapping);
	struct piece piece = {.at = at, .n = n};

	if (!code) {
		push_piece(pieces, piece);
		return;
	}
	for (; n; at += piece.n, n -= piece.n) {
		const struct profile_mapping *m = &b->p->mappings.at[at->mapping];

		piece.at = at;
		piece.n = 1;
		piece.known =
			!code_range_find(code, code_address(code, m, at->address), &piece.range);
		while (piece.n < n && piece.known) {
			uint64_t next = code_address(code, m, at[piece.n].address);

			if (next < piece.range.start || next >= piece.range.end)
				break;
			piece.n++;
		}
		push_piece(pieces, piece);
	}
}

static int compare_pieces(const void *left, const void *right)
{
	const struct piece *a = left, *b = right;

	if (a->self != b->self)
		return a->self < b->self ? 1 : -1;
	if (a->cumulative != b->cumulative)
		return a->cumulative < b->cumulative ? 1 : -1;
	return (a->at > b->at) - (a->at < b->at);
}

static void show_piece(struct list_builder *b, const struct listing_function *f,
		       struct list_part *part, const struct piece *piece)
{
	struct code *code = list_code_open(b, piece->at->mapping);

	if (!code)
		add_addresses(b, f, part, piece, buf_str(&b->code_why));
	else if (!piece->known)
		add_addresses(b, f, part, piece,
			      "nothing tells where the function begins and ends");
	else
		add_piece(b, f, part, piece);
}

void list_code_add(struct list_builder *b, const struct listing_function *f, struct list_part *part,
		   const char *why_no_source)
{
	const struct listing_place *at = &b->listing->places.at[f->places.first];
	size_t left = f->places.n, first = part->blocks.n, i;
	struct pieces pieces = {0};

	for (; left; at += i, left -= i) {
		for (i = 1; i < left && at[i].mapping == at->mapping;)
			i++;
		cut_mapping(b, at, i, &pieces);
	}
	qsort(pieces.at.at, pieces.at.n, sizeof(*pieces.at.at), compare_pieces);
	for (i = 0; i < pieces.at.n && i < MAX_PIECES; i++)
		show_piece(b, f, part, &pieces.at.at[i]);
	if (*why_no_source && pieces.at.n) {
		struct list_block *block = &part->blocks.at[first];

		list_note(b, block, why_no_source);
		for (size_t j = block->notes.n - 1; j; j--) {
			uint32_t other = block->notes.at[j];

			block->notes.at[j] = block->notes.at[j - 1];
			block->notes.at[j - 1] = other;
		}
	}
	if (i < pieces.at.n) {
		char *note = mem_printf("the hottest %zu of its %zu pieces of code are shown", i,
					pieces.at.n);

		list_note(b, &part->blocks.at[first], note);
		free(note);
	}
	vec_done(&pieces.at);
}

void list_note(struct list_builder *b, struct list_block *block, const char *text)
{
	vec_push(&block->notes, intern_add(&b->list->texts, text));
}

void list_builder_done(struct list_builder *b)
{
	source_text_done(&b->source);
	code_free(b->code);
	buf_done(&b->code_why);
	if (b->have_kernel)
		kallsyms_done(&b->kernel);
}
