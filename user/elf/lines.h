/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_ELF_LINES_H
#define HOSTPROF_ELF_LINES_H
/*
 * Source lines and inlined functions of addresses, from DWARF (2 to 5) by elfutils' libdw.
 *
 * libdw trusts its input more than we may, and the work and memory that a few bytes can ask for
 * have no bounds. So lines_write() is made to run in a process of its own (util/isolate.h), and
 * lines_parse() takes what that process wrote without believing it.
 */
#include <stddef.h>
#include <stdint.h>
#include "util/buf.h"
#include "util/vec.h"

#define LINES_MAX_INLINED 64   /* functions at one address; the innermost are left out */
#define LINES_MAX_TEXT	  4096 /* bytes of a name; longer ones are cut */
#define LINES_MAX_SPLITS  4096 /* files of one binary */

/* A file of split DWARF (".dwo"), by the path that the binary gives for it. */
struct lines_split {
	const char *path; /* absolute */
	int fd;
};

struct lines_request {
	int fd;			   /* the ELF file that has the DWARF */
	int alt_fd;		   /* the file its .gnu_debugaltlink means, or -1 */
	const uint64_t *addresses; /* ELF virtual addresses */
	size_t n;
	/*
	 * With these the process that asks gets a file system of its own that has nothing but them,
	 * under their paths. NULL: where DWARF is split, only lines are known, and which files
	 * are missing.
	 */
	const struct lines_split *splits;
	size_t n_splits;
};

/*
 * Answers for every address what is known, in any order, as binary records. 0 or -errno; what was
 * found up to an error has been written.
 */
int lines_write(const struct lines_request *request, int out);

struct lines_frame {
	uint32_t name; /* offsets in `text`; 0: unknown. Mangled where the file has it so */
	uint32_t file;
	uint32_t line;	/* 0: unknown */
	uint32_t start; /* the function's first line; 0: unknown, or it is in another file */
};

struct lines_span {
	uint32_t first, n; /* in `frames`, innermost first; n is 0 where nothing is known */
};

struct lines {
	VEC(struct lines_frame) frames;
	VEC(struct lines_span) spans; /* one an address of the request */
	VEC(uint32_t) splits;	      /* paths of files that have more, in `text` */
	struct buf text;
};

/* Stops at the first record that makes no sense. `n` is the number of addresses asked for. */
void lines_parse(const void *bytes, size_t size, size_t n, struct lines *ret_lines);
void lines_done(struct lines *lines);

static inline const char *lines_text(const struct lines *lines, uint32_t offset)
{
	return lines->text.data + offset;
}

#endif
