/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_ELF_NAMES_H
#define HOSTPROF_ELF_NAMES_H
/*
 * The defined functions of an ELF file by all their names: .dynsym and .symtab, one after the
 * other. A struct symtab has one name an address; who looks for a function by name needs all.
 */
#include <stdint.h>
#include "elf/file.h"

#define NAMES_MAX (4u << 20) /* symbols looked at */

/* `name` is valid during the call. Non-zero ends it, and is handed back. */
typedef int names_fn(void *arg, const char *name, uint64_t address, uint64_t size);

/* 0, also for a file without symbols; -EBADMSG: malformed; -EFBIG; or what `each` returned. */
int names_each(const struct elf_file *f, names_fn *each, void *arg);

#endif
