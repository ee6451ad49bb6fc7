/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_ELF_PLT_H
#define HOSTPROF_ELF_PLT_H
/*
 * The stubs through which code calls functions of other objects (.plt, .plt.sec, .plt.got) have
 * no symbols. Each jumps through a slot of the global offset table, and the relocation of that
 * slot has the name: the stub is then called "malloc@plt". The jumps are read from the code, so
 * every layout that linkers make of them is understood: x86-64 and arm64.
 */
#include "elf/symtab.h"

#define PLT_MAX_SLOTS (1u << 20)
#define PLT_MAX_BYTES (32u << 20) /* of one section of stubs */

struct elf_file;

/* Adds the stubs to a table that is not finished yet. 0, also when there are none; -errno. */
int plt_add(const struct elf_file *f, struct symtab *table);

#endif
