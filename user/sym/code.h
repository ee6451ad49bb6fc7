/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_SYM_CODE_H
#define HOSTPROF_SYM_CODE_H
/*
 * The machine code of a function of a binary that was profiled, perhaps long ago: as instructions,
 * with names for what they call and the source lines they came from. The file is looked for on
 * this host under the path of the recording and taken only when its build id is that of the
 * recording. It can be hostile, as can its debug file.
 *
 * Addresses are ELF virtual addresses.
 */
#include <stdbool.h>
#include <stdint.h>
#include "util/buf.h"
#include "util/intern.h"
#include "util/vec.h"

struct code;
struct profile_mapping;

/*
 * `path` and `build_id` are those of the recording's mapping. 0, or -errno; `why` then got the
 * reason for people, such as "cannot open /a/b: No such file or directory".
 */
int code_open(const char *path, const char *build_id, struct code **ret_code, struct buf *why);
void code_free(struct code *c);

/* When the file was last changed, in ns since the epoch; 0: not known. */
int64_t code_time_ns(const struct code *c);
/* The address in the file of an address of the mapping. */
uint64_t code_address(const struct code *c, const struct profile_mapping *m, uint64_t address);

struct code_range { /* [start, end) */
	uint64_t start, end;
	bool named; /* it is a symbol */
};

/* The function around an address: 0, or -ENOENT: nothing tells where it begins and ends. */
int code_range_find(struct code *c, uint64_t address, struct code_range *ret_range);
/* What the symbol of a range is called, demangled; nothing when it has none. */
void code_range_name(struct code *c, const struct code_range *range, struct buf *out);

struct code_row {
	uint64_t address;
	uint32_t size;
	uint32_t text;	 /* this and the others: in `texts`; 0: none */
	uint32_t target; /* "malloc@plt", "main+0x12" */
	uint32_t file;
	uint32_t line; /* of the innermost inlined function; 0: unknown */
};

struct code_text {
	VEC(struct code_row) rows; /* rising, without gaps */
	struct intern texts;
	int err; /* 0: all of the range; else why the rest is missing (see elf/disasm.h) */
};

/* 0, or -errno of reading: -EFBIG past DISASM_MAX_BYTES. The caller ends it with code_text_done()
 * when it is 0. */
int code_read(struct code *c, const struct code_range *range, struct code_text *ret_text);
void code_text_done(struct code_text *t);

#endif
