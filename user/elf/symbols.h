/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_ELF_SYMBOLS_H
#define HOSTPROF_ELF_SYMBOLS_H
/*
 * The functions of an ELF file as a symtab, from .symtab and .dynsym together: STT_FUNC,
 * STT_GNU_IFUNC, and untyped labels (hand-written assembler), all in executable sections only;
 * the stubs of the procedure linkage table (elf/plt.h), and what a stripped program of Go knows of
 * itself (elf/gotable.h).
 */
#include <stddef.h>
#include "elf/symtab.h"

struct elf_file;

/*
 * Fills *ret_table, which the caller ends with symtab_done(). 0, also for a file without symbols
 * (the table is empty then); -EBADMSG: malformed; -EFBIG: past a limit of elf/symtab; -errno.
 */
int symbols_read(const struct elf_file *f, struct symtab *ret_table);
/* Of a binary, which comes first, and of files with more symbols of the same binary. */
int symbols_read_all(const struct elf_file *const *files, size_t n, struct symtab *ret_table);

/* The same of the variables: STT_OBJECT, in sections of the running program that hold no code. */
int symbols_read_data(const struct elf_file *const *files, size_t n, struct symtab *ret_table);

#endif
