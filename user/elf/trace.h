/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_ELF_TRACE_H
#define HOSTPROF_ELF_TRACE_H
/*
 * What was read of an ELF file to make something of it: so that what was made can serve for
 * another file of the same content, like the same library in ten containers, without making it
 * again.
 *
 * The files belong to people who do not trust each other, so nothing that a file merely claims,
 * such as its build id, says that two are the same: with a forged one, somebody's container would
 * give names and stacks to all others'. The trace keeps a digest of the bytes themselves, of all
 * that were used and of those only, taken from the very buffers that were used: to compare the
 * file afterwards, or to compare two files, would be to look at what its owner can have changed
 * meanwhile. Who reads is deterministic, and so: where another file has the same headers, and the
 * same bytes at the places that were read, all reading of it would have gone the same way, and the
 * same would have been made of it.
 *
 * While elf_file.trace is set, elf_file_read() and elf_file_data() add to it. What else libelf
 * hands out are the headers and the names of sections, which it reads once and keeps.
 */
#include <stdbool.h>
#include <stdint.h>
#include "util/digest.h"
#include "util/vec.h"

#define TRACE_MAX_READS 16384	     /* of one file; it cannot be compared past that */
#define TRACE_MAX_BYTES (1ull << 30) /* the same */
#define TRACE_MAX_NAME	64	     /* of a section; longer than any that is asked for */

struct trace_read {
	uint64_t at, n; /* bytes of the file; with TRACE_SECTION as n: a section's number */
};
#define TRACE_SECTION UINT64_MAX

struct elf_trace {
	struct digest headers, bytes;
	VEC(struct trace_read) reads;
	uint64_t size; /* of all reads together */
	bool broken;   /* something was read that cannot be read again: equal to nothing */
};

struct elf_file;

/* Begins with the headers; then set f->trace to it. The key is borrowed. */
void elf_trace_init(struct elf_trace *t, const struct digest_key *key, const struct elf_file *f);
void elf_trace_done(struct elf_trace *t);

/* For elf/file.c. */
void elf_trace_add(struct elf_trace *t, uint64_t at, uint64_t n, const void *bytes, uint64_t size);
/* The headers are equal; cheap. `mine` is a trace of the other file with nothing but headers. */
static inline bool elf_trace_begins(const struct elf_trace *t, const struct elf_trace *mine)
{
	return !t->broken && digest_same(&t->headers, &mine->headers);
}
/* After that: has this file, without a trace of its own, what was read? Reads it as often. */
bool elf_trace_matches(const struct elf_trace *t, const struct elf_file *f);

#endif
