/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_ELF_SYMTAB_H
#define HOSTPROF_ELF_SYMTAB_H
/*
 * Names for ranges of addresses: 16 bytes a symbol plus one block of name bytes. Filled by
 * symtab_add(), made searchable by symtab_finish(), then only read. Where the symbols come from is
 * the business of elf/symbols (a file) and sym/kallsyms (the kernel).
 *
 * Finishing leaves ranges that do not overlap. Of several symbols at one address the best name
 * wins (see enum symtab_rank; then fewer leading underscores, shorter, alphabetical). A symbol
 * without a size reaches to the next one, or `reach` bytes; inside a sized one it is dropped. A
 * sized symbol inside another interrupts it. Addresses between sized symbols have no name.
 */
#include <stdbool.h>
#include <stdint.h>
#include "util/buf.h"
#include "util/vec.h"

#define SYMTAB_MAX_SYMBOLS (4u << 20)
#define SYMTAB_MAX_NAMES   (256u << 20) /* bytes of all names */
#define SYMTAB_MAX_NAME	   4096		/* longer ones are cut by whoever reads them */
#define SYMTAB_MAX_SIZE	   ((1u << 28) - 1)

enum symtab_rank { /* of several names for an address the lowest rank is shown */
		   SYMTAB_GLOBAL,
		   SYMTAB_WEAK,
		   SYMTAB_LOCAL,
		   SYMTAB_LABEL,    /* added to one of the above: not marked as a function */
		   SYMTAB_STOP = 7, /* ends the symbol before it, and is no name itself */
};

struct symbol {
	uint64_t addr;
	uint32_t size : 28, rank : 4;
	uint32_t name; /* offset in names */
};

struct symtab {
	VEC(struct symbol) symbols;
	struct buf names;
	uint32_t reach; /* bytes an unsized symbol covers at most; 0: no matter how many */
	bool ada;	/* the file has, or uses, the run-time library of Ada */
};

struct symtab_range { /* [start, end) that unsized symbols do not reach beyond */
	uint64_t start, end;
};

void symtab_done(struct symtab *t);
/* `name` is an offset in t->names, which the caller fills. Sizes are cut to SYMTAB_MAX_SIZE. */
void symtab_add(struct symtab *t, uint64_t addr, uint64_t size, unsigned int rank, uint32_t name);
/* Ranges are sorted and do not overlap. Outside all of them, unsized symbols reach 1 MiB. */
void symtab_finish(struct symtab *t, const struct symtab_range *ranges, size_t n_ranges);

/*
 * The symbol that covers addr, or NULL. *cursor is 0 at first; looking up rising addresses with
 * one cursor searches only what lies above the last hit. It may be NULL.
 */
const struct symbol *symtab_find(const struct symtab *t, uint64_t addr, size_t *cursor);
size_t symtab_bytes(const struct symtab *t);

static inline const char *symtab_name(const struct symtab *t, const struct symbol *s)
{
	return t->names.data + s->name;
}

#endif
