// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as the function table of a Go program. What it adds must lie where code is, with names
 * that end inside; every address can be asked for its line.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "elf/gotable.h"
#include "util/mem.h"

#define CODE	    0x1000
#define CODE_END    0x3000
#define N_ADDRESSES 256

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void demand(bool holds)
{
	if (!holds)
		abort();
}

static void check_symbols(const struct gotable *t)
{
	struct symtab symbols = {0};
	const struct symbol *s;

	gotable_symbols(t, &symbols);
	vec_each(s, &symbols.symbols) {
		demand(s->addr >= CODE && s->size && s->addr + s->size <= CODE_END);
		demand(s->name + strlen(symtab_name(&symbols, s)) < symbols.names.len);
	}
	symtab_done(&symbols);
}

static void check_lines(const struct gotable *t)
{
	const struct lines_frame *frame;
	uint64_t addresses[N_ADDRESSES];
	struct lines lines;

	for (uint64_t i = 0; i < N_ADDRESSES; i++)
		addresses[i] = CODE + i * (CODE_END - CODE) / N_ADDRESSES;
	gotable_lines(t, addresses, N_ADDRESSES, &lines);
	demand(lines.spans.n == N_ADDRESSES);
	vec_each(frame, &lines.frames) {
		demand(frame->line && frame->line <= INT32_MAX);
		demand(frame->file + strlen(lines_text(&lines, frame->file)) < lines.text.len);
	}
	lines_done(&lines);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct symtab_range code = {CODE, CODE_END};
	struct buf copy = {0};
	struct gotable t;

	buf_add(&copy, bytes, size);
	if (gotable_parse(&t, &copy, code, 0x1100))
		return 0;
	check_symbols(&t);
	check_lines(&t);
	gotable_done(&t);
	return 0;
}
