/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_ELF_GOTABLE_H
#define HOSTPROF_ELF_GOTABLE_H
/*
 * The table by which programs of Go find the names of their own functions ("pclntab"), which is
 * there even when a binary is stripped: the layouts of Go 1.16, 1.18, and 1.20 and later. Names,
 * and the file and line of code that was not inlined; what was inlined is told elsewhere, in
 * tables that cannot be found without symbols.
 *
 * Table and offsets in it are what the file says: all are checked where they are used.
 */
#include <stdbool.h>
#include <stdint.h>
#include "elf/lines.h"
#include "elf/symtab.h"
#include "util/buf.h"

#define GOTABLE_MAX_BYTES (256u << 20)
#define GOTABLE_MAX_STEPS (64u << 20) /* through tables of lines, for all addresses together */

struct elf_file;

struct gotable {
	struct buf bytes;
	struct symtab_range code; /* where functions can be */
	uint64_t text;		  /* the address that those of functions are relative to, or 0 */
	uint64_t n;		  /* functions */
	uint64_t names, units, files, pcs, functions; /* offsets of the parts */
	uint32_t pointer, quantum;		      /* bytes */
	bool wide;				      /* functions have whole addresses: Go 1.16 */
	bool has_start_line;			      /* Go 1.20 */
};

/* Finds and reads it. 0; -ENODATA: there is none; -EBADMSG, -EFBIG, -errno. */
int gotable_init(struct gotable *t, const struct elf_file *f);
/*
 * The same with bytes that begin with a table, which it takes over in any case. `entry` is the
 * address at which the program starts, or 0.
 */
int gotable_parse(struct gotable *t, struct buf *bytes, struct symtab_range code, uint64_t entry);
void gotable_done(struct gotable *t);

/* Adds the functions to a table that is not finished. */
void gotable_symbols(const struct gotable *t, struct symtab *symbols);

/* As lines_parse(): one frame at most an address, without a name. The caller ends *ret_lines. */
void gotable_lines(const struct gotable *t, const uint64_t *addresses, size_t n,
		   struct lines *ret_lines);

#endif
