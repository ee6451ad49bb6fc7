/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_SYM_JITDUMP_H
#define HOSTPROF_SYM_JITDUMP_H
/*
 * The dump that a just-in-time compiler writes of its code, jit-PID.dump, in the format of perf's
 * jitdump specification, version 1: names, moves and source lines, each with a time.
 *
 * Names are those of the code as it was at the end: what was loaded last at an address counts,
 * code that has moved is known at both places, and what it said of old code's place is void when
 * new code overlaps it. Machine code and unwind tables in the dump are skipped. The writer can be
 * anybody: the limits below bound time and memory.
 */
#include <stddef.h>
#include <stdint.h>
#include "elf/lines.h"
#include "elf/symtab.h"
#include "util/buf.h"
#include "util/vec.h"

#define JITDUMP_MAX_BYTES   (4ull << 30) /* most of it is code, which is skipped */
#define JITDUMP_MAX_RECORDS (4u << 20)
#define JITDUMP_MAX_CODES   (1u << 20)	/* functions, loaded or moved */
#define JITDUMP_MAX_NAMES   (64u << 20) /* bytes of all names; of all files' names as well */
#define JITDUMP_MAX_LINES   (1u << 20)
#define JITDUMP_MAX_DEBUG   (256u << 10) /* bytes of the lines of one function */

struct place;

struct jitdump_code {
	uint32_t name;		 /* its symbol's; codes are sorted by it */
	uint32_t first, n_lines; /* of `lines` */
};

struct jitdump_line {
	uint32_t offset; /* in the code */
	uint32_t line;
	uint32_t file; /* of `files` */
};

struct jitdump {
	struct symtab symbols;
	VEC(struct jitdump_code) codes;
	VEC(struct jitdump_line) lines;
	VEC(uint32_t) files; /* offsets in `texts`; one can be there more than once */
	struct buf texts;
};

/*
 * What is loaded after `until_ns` (CLOCK_MONOTONIC) is left out, if the dump keeps that time. 0;
 * -ENOEXEC: no dump of this machine; -EFBIG: past a limit, and *ret_dump has what came before;
 * -errno of reading. A record that makes no sense is left out, and what follows one of a senseless
 * length. The caller ends *ret_dump in any case.
 */
int jitdump_read(int fd, uint64_t until_ns, struct jitdump *ret_dump);
void jitdump_done(struct jitdump *d);

/* File and line of each place that has one, without a name. The caller ends *ret_lines. */
void jitdump_lines(const struct jitdump *d, const struct place *places, size_t n,
		   struct lines *ret_lines);

#endif
