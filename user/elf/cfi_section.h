/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_ELF_CFI_SECTION_H
#define HOSTPROF_ELF_CFI_SECTION_H
/*
 * The bytes of a file's call frame information, wherever it keeps them. Private to cfi*.c.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct elf_file;

struct cfi_section {
	uint8_t *bytes; /* owned */
	size_t size;
	uint64_t vaddr; /* of the bytes, for pointers relative to themselves */
	uint64_t got;	/* for pointers relative to data; 0: unknown */
	bool debug;	/* in .debug_frame's dialect */
	bool unbounded; /* found without its size: ends at the first empty entry */
};

/* .eh_frame, and .debug_frame. 0; -ENODATA: none; -EBADMSG; -EFBIG; -errno. */
int cfi_section_init(struct cfi_section *s, const struct elf_file *f);
int cfi_section_init_debug(struct cfi_section *s, const struct elf_file *f);
void cfi_section_done(struct cfi_section *s);

#endif
