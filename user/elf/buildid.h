/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_ELF_BUILDID_H
#define HOSTPROF_ELF_BUILDID_H
/*
 * The GNU build id, as lower-case hexadecimal text: of an ELF file, or out of any block of ELF
 * notes of this machine's byte order (the kernel's own are in /sys/kernel/notes).
 */
#include <stddef.h>

#define BUILDID_MAX_BYTES 64
#define BUILDID_MAX_NOTES 65536 /* bytes looked at in one block of notes */

struct buildid {
	char text[2 * BUILDID_MAX_BYTES + 1];
};

struct elf_file;

/* 0, or -ENODATA: none, or none that is well-formed. */
int buildid_read(const struct elf_file *f, struct buildid *ret_id);
/* `align` is that of the block: names and values are padded to it (4, or 8). */
int buildid_find(const void *notes, size_t size, size_t align, struct buildid *ret_id);

#endif
