/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_ELF_SECTION_H
#define HOSTPROF_ELF_SECTION_H
/*
 * Sections of an ELF file by name, and their bytes.
 */
#include "elf/file.h"
#include "util/buf.h"

/* The first section of that name; NULL when there is none. *ret_header may be NULL. */
Elf_Scn *section_find(const struct elf_file *f, const char *name, GElf_Shdr *ret_header);

/* Is this section a table of strings that elf_strptr() reads without unpacking anything? */
bool section_has_strings(const struct elf_file *f, size_t index);

/*
 * The bytes of a section that lie in the file, with a NUL behind them, in place of what is in
 * `out`. 0; -ENODATA: no such section, or no bytes of it; -ENOTSUP: compressed; -EFBIG: above
 * `limit`; -EBADMSG; -errno.
 */
int section_read(const struct elf_file *f, const char *name, size_t limit, struct buf *out);

#endif
