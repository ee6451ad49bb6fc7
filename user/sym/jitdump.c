// SPDX-License-Identifier: GPL-2.0-or-later
/* The looking up in a dump that has been read; the reading is in jitdump_read.c. */
#include "sym/jitdump.h"

#include <string.h>

#include "sym/namer.h"

void jitdump_done(struct jitdump *d)
{
	symtab_done(&d->symbols);
	vec_done(&d->codes);
	vec_done(&d->lines);
	vec_done(&d->files);
	buf_done(&d->texts);
}

static const struct jitdump_code *code_of(const struct jitdump *d, const struct symbol *symbol)
{
	size_t low = 0, high = d->codes.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (d->codes.at[middle].name < symbol->name)
			low = middle + 1;
		else
			high = middle;
	}
	return low < d->codes.n && d->codes.at[low].name == symbol->name ? &d->codes.at[low] : NULL;
}

/* A line reaches to the next one. */
static const struct jitdump_line *line_at(const struct jitdump *d, const struct jitdump_code *code,
					  uint64_t offset)
{
	const struct jitdump_line *at = d->lines.at + code->first;
	size_t low = 0, high = code->n_lines;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (at[middle].offset <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? &at[low - 1] : NULL;
}

static uint32_t put_file(struct lines *lines, const char *file)
{
	uint32_t at = (uint32_t)lines->text.len;

	buf_add(&lines->text, file, strnlen(file, LINES_MAX_TEXT));
	buf_add(&lines->text, "", 1);
	return at;
}

void jitdump_lines(const struct jitdump *d, const struct place *places, size_t n,
		   struct lines *ret_lines)
{
	uint32_t *known = mem_array(d->files.n, sizeof(*known));
	struct lines lines = {0};
	size_t cursor = 0, i;

	buf_add(&lines.text, "", 1);
	for (i = 0; i < n; i++) {
		const struct symbol *symbol = symtab_find(&d->symbols, places[i].address, &cursor);
		const struct jitdump_code *code = symbol ? code_of(d, symbol) : NULL;
		const struct jitdump_line *line =
			code ? line_at(d, code, places[i].address - symbol->addr) : NULL;
		struct lines_span span = {.first = (uint32_t)lines.frames.n, .n = !!line};

		vec_push(&lines.spans, span);
		if (!line)
			continue;
		if (!known[line->file])
			known[line->file] =
				put_file(&lines, d->texts.data + d->files.at[line->file]);
		vec_push(&lines.frames,
			 ((struct lines_frame){.file = known[line->file], .line = line->line}));
	}
	free(known);
	*ret_lines = lines;
}
