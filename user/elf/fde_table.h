/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_ELF_FDE_TABLE_H
#define HOSTPROF_ELF_FDE_TABLE_H
/*
 * Where functions begin and end by the tables for exceptions (.eh_frame_hdr, .eh_frame), which
 * also stripped files have. Only the layout that linkers write is understood; the file can be
 * hostile. Addresses are ELF virtual addresses.
 */
#include <stdbool.h>
#include <stdint.h>
#include "util/buf.h"

#define FDE_TABLE_MAX_BYTES (64u << 20)

struct elf_file;

struct fde_table {
	struct buf bytes; /* of .eh_frame_hdr */
	uint64_t vaddr;	  /* of it */
	uint32_t n;	  /* functions */
};

/* 0; -ENODATA: there is none; -EOPNOTSUPP: another layout; -EBADMSG; -EFBIG; -errno. */
int fde_table_init(struct fde_table *t, const struct elf_file *f);
void fde_table_done(struct fde_table *t);
/* The function that covers the address: [start, end). */
bool fde_table_find(const struct fde_table *t, const struct elf_file *f, uint64_t address,
		    uint64_t *ret_start, uint64_t *ret_end);

#endif
