// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as a perf map, and as what a process that reads DWARF writes. Symbols of a map must not
 * overlap, and all texts must end inside.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "elf/lines.h"
#include "sym/perfmap.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void try_map(const uint8_t *bytes, size_t size)
{
	char *text = mem_alloc(size + 1);
	struct symtab t;
	uint64_t end = 0;
	size_t i;

	memcpy(text, bytes, size);
	perfmap_parse(text, size, &t);
	for (i = 0; i < t.symbols.n; i++) {
		const struct symbol *s = &t.symbols.at[i];

		if (s->addr < end || s->name + strlen(symtab_name(&t, s)) >= t.names.len)
			abort();
		end = s->addr + s->size;
	}
	symtab_done(&t);
}

static void try_lines(const uint8_t *bytes, size_t size)
{
	const struct lines_frame *frame;
	const struct lines_span *span;
	struct lines lines;

	lines_parse(bytes, size, 8, &lines);
	vec_each(span, &lines.spans)
		if (span->n > LINES_MAX_INLINED || span->first + span->n > lines.frames.n)
			abort();
	vec_each(frame, &lines.frames)
		if (frame->name + strlen(lines_text(&lines, frame->name)) >= lines.text.len ||
		    frame->file + strlen(lines_text(&lines, frame->file)) >= lines.text.len)
			abort();
	lines_done(&lines);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	try_map(bytes, size);
	try_lines(bytes, size);
	return 0;
}
