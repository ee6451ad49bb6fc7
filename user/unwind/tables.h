/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_UNWIND_TABLES_H
#define HOSTPROF_UNWIND_TABLES_H
/*
 * The unwind table of one binary. The file may be hostile: see elf/cfi. Building takes 2 to 50 ms
 * for large libraries and needs, until it is done, some 15 times the memory of the result.
 */
#include <stddef.h>
#include "elf/known.h"
#include "unwind/encode.h"
#include "unwind/rule.h"

struct unwind_counts {
	uint32_t fdes;		  /* functions, or pieces of them, described by the file */
	uint32_t skipped, broken; /* of those: in an unknown dialect; with instructions that fail */
	uint32_t rows;		  /* of the executable segments */
	uint32_t rules;		  /* distinct ones, UNSUP and NONE included */
	uint32_t refused[RULE_REFUSALS]; /* rows that became HP_UNWIND_UNSUP, by reason */
};

struct unwind_table {
	struct unwind_blob blob;
	struct unwind_counts counts;
};

struct elf_file;
struct cfi_table;

/*
 * Each fills *ret_table, which the caller ends with unwind_table_done(). 0; -ENODATA: the file has
 * no call frame information and no code that is known without (elf/known.h); -EOPNOTSUPP: not
 * x86-64; -ENOEXEC, -EBADMSG, -EFBIG: what elf_file_init(), cfi_read() and encoder_finish() refuse;
 * -errno of reading.
 */
int unwind_table_read(int fd, struct unwind_table *ret_table);
int unwind_table_read_file(const struct elf_file *f, struct unwind_table *ret_table);
int unwind_table_read_memory(const void *image, size_t size, struct unwind_table *ret_table);
int unwind_table_build(const struct elf_file *f, const struct cfi_table *cfi,
		       struct unwind_table *ret_table);
/* What the walk does in code that is known by itself. */
union hp_unwind_rule unwind_known_rule(const struct known *known, enum known_kind kind);
void unwind_table_done(struct unwind_table *t);

#endif
