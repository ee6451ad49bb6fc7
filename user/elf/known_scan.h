/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_ELF_KNOWN_SCAN_H
#define HOSTPROF_ELF_KNOWN_SCAN_H
/*
 * The code of a file that no row of .eh_frame covers, read once from start to end. Private to
 * known*.c.
 */
#include <stdbool.h>
#include <stddef.h>
#include "elf/known.h"

struct cfi_table;
struct elf_file;
struct elf_segment;

/* Behind two pieces of code that are read one after the other, what straddles them must be seen in
 * one of them. */
#define SCAN_OVERLAP   64
#define SCAN_MAX_AREAS 65536
#define SCAN_MAX_PEEKS 16384

struct scan_range { /* of code, within a segment's bytes in the file */
	const struct elf_segment *segment;
	uint64_t start, end;
};

struct scan {
	const struct elf_file *f;
	const struct cfi_table *cfi;
	struct known *known;
	VEC(struct scan_range) ranges; /* with code, by rising start */
	VEC(struct scan_range) areas;  /* of them without rows, but for the smallest; the same */
	uint64_t left;		       /* of KNOWN_MAX_SCAN */
	uint32_t peeks;
	uint8_t *bytes;
	uint64_t at; /* vaddr of bytes[0] */
	size_t n;
	uint64_t clone; /* musl's __clone; 0: not seen */
};

void known_add(struct known *k, uint64_t start, uint64_t end, enum known_kind kind);
/* Calls for each piece of an area, as large as can be read at once. */
void known_scan_area(struct scan *s, const struct scan_range *area,
		     void (*look)(struct scan *s, uint64_t at, const uint8_t *bytes, size_t n));
/* Up to n bytes of an area; how many there are, 0 outside of all. */
size_t known_peek(struct scan *s, uint64_t address, uint8_t *bytes, size_t n);

/* Up to n bytes of code from an address on; how many there are. */
size_t known_read_code(struct scan *s, const struct scan_range *code, uint64_t address,
		       uint8_t *bytes, size_t n);

/* In known_glibc.c: looks at what lies between two rows; `next` is the later one's rule. */
void known_glibc_gap(struct scan *s, const struct scan_range *gap, uint32_t next);

/* The same, at a piece of code of one rule that begins behind a gap. */
void known_glibc_start(struct scan *s, const struct scan_range *function);

/* In known_context.c: looks at a piece of code for what ends the stacks of coroutines. */
void known_context_look(struct scan *s, uint64_t at, const uint8_t *bytes, size_t n);

/* In known_init.c: .init and .fini. */
void known_init(struct scan *s);

/* In known_go.c: the calls of Go's runtime into its system stacks. */
void known_go(struct scan *s);

/* In known_musl.c: looks at a piece of code; and, when all were, for what starts threads. */
void known_musl_look(struct scan *s, uint64_t at, const uint8_t *bytes, size_t n);
void known_musl_threads(struct scan *s);

#endif
