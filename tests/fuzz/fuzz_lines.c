// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as an ELF file with DWARF, read as the process with limits does it, but in this one:
 * what it writes must be understood, whatever the file says. tests/fuzz/seed_lines.sh makes files
 * to start from.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "elf/lines.h"
#include "util/mem.h"

#define N_ADDRESSES 64
#define STEP	    7
#define MAX_OUTPUT  (64u << 20)

/* Where a linker puts code without being told: seed_lines.sh lets it. */
#define CODE 0x1000

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void demand(bool holds)
{
	if (!holds)
		abort();
}

static void check(int out, size_t n_addresses, bool whole)
{
	off_t size = lseek(out, 0, SEEK_END);
	char *bytes = mem_alloc((size_t)size + 1);
	const struct lines_frame *frame;
	size_t spans = 0, frames = 0;
	const struct lines_span *span;
	struct lines lines;

	demand(size <= MAX_OUTPUT && pread(out, bytes, (size_t)size, 0) == size);
	lines_parse(bytes, (size_t)size, n_addresses, &lines);
	vec_each(span, &lines.spans) {
		demand(span->n <= LINES_MAX_INLINED);
		spans += span->n;
	}
	vec_each(frame, &lines.frames) {
		demand(frame->name + strlen(lines_text(&lines, frame->name)) < lines.text.len);
		demand(frame->file + strlen(lines_text(&lines, frame->file)) < lines.text.len);
		frames++;
	}
	/* Each address is answered once at most. */
	demand(!whole || frames == spans);
	lines_done(&lines);
	free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC), out = memfd_create("out", MFD_CLOEXEC);
	uint64_t addresses[N_ADDRESSES];
	struct lines_request request = {
		.fd = fd, .alt_fd = -1, .addresses = addresses, .n = N_ADDRESSES};

	demand(fd >= 0 && out >= 0 && write(fd, bytes, size) == (ssize_t)size);
	for (uint64_t i = 0; i < N_ADDRESSES; i++)
		addresses[i] = CODE + i * STEP;
	check(out, N_ADDRESSES, !lines_write(&request, out));
	close(out);
	close(fd);
	return 0;
}
