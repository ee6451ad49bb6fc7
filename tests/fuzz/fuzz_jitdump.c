// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as the dump of a just-in-time compiler. Symbols must not overlap, all texts must end
 * inside, and each place with a symbol can be asked for its line.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sym/jitdump.h"
#include "sym/namer.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void demand(bool holds)
{
	if (!holds)
		abort();
}

static void check_lines(const struct jitdump *d)
{
	size_t n = d->symbols.symbols.n, i;
	struct place *places = mem_array(n, sizeof(*places));
	const struct lines_frame *frame;
	struct lines lines;

	for (i = 0; i < n; i++)
		places[i].address =
			d->symbols.symbols.at[i].addr + d->symbols.symbols.at[i].size / 2;
	jitdump_lines(d, places, n, &lines);
	demand(lines.spans.n == n);
	vec_each(frame, &lines.frames)
		demand(frame->file + strlen(lines_text(&lines, frame->file)) < lines.text.len);
	lines_done(&lines);
	free(places);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	struct jitdump d;
	uint64_t end = 0;
	size_t i;

	demand(fd >= 0 && write(fd, bytes, size) == (ssize_t)size);
	if (jitdump_read(fd, 1000, &d) == -ENOEXEC)
		demand(!d.symbols.symbols.n);
	for (i = 0; i < d.symbols.symbols.n; i++) {
		const struct symbol *s = &d.symbols.symbols.at[i];

		demand(s->addr >= end);
		demand(s->name + strlen(symtab_name(&d.symbols, s)) < d.symbols.names.len);
		end = s->addr + s->size;
	}
	check_lines(&d);
	jitdump_done(&d);
	close(fd);
	return 0;
}
