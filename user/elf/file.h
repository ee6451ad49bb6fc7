/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_ELF_FILE_H
#define HOSTPROF_ELF_FILE_H
/*
 * An ELF executable or shared object, opened for reading through libelf. The file may belong to
 * somebody hostile and may change while we read: it is read by pread() and never mapped (a
 * truncated file would raise SIGBUS), counts are checked against the limits below before anything
 * is allocated, and malformed input is an error, never a crash.
 *
 * Only what can run here is taken: ET_EXEC and ET_DYN, 32 and 64 bit, the byte order of this
 * machine, x86 and ARM. Addresses are ELF virtual addresses, offsets are bytes in the file.
 */
#include <gelf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "util/vec.h"

struct elf_trace;

#define ELF_MAX_FILE	 (8ull << 30)
#define ELF_MAX_SEGMENTS 1170  /* program headers; as many as the kernel's loader accepts */
#define ELF_MAX_SECTIONS 16384 /* linked files have a few dozen */
#define ELF_PAGE_SIZE	 4096ull

struct elf_segment { /* one PT_LOAD */
	uint64_t vaddr, memsz, offset, filesz;
	bool executable;
};

struct elf_file {
	Elf *elf;
	int fd;		   /* borrowed; -1 for an image in memory */
	const char *image; /* borrowed; NULL for a file */
	uint64_t size;
	uint16_t type, machine;
	VEC(struct elf_segment) segments;
	struct elf_trace *trace; /* borrowed: what is read is added to it; NULL: nothing is kept */
};

/*
 * 0; -ENOEXEC: no ELF file, or none that runs here; -EBADMSG: malformed; -EFBIG: past a limit;
 * -errno of reading. The descriptor or the image must outlive the elf_file.
 */
int elf_file_init(struct elf_file *f, int fd);
/* The same for a file that holds nothing but DWARF: dwz makes relocatable ones (ET_REL). */
int elf_file_init_debug(struct elf_file *f, int fd);
int elf_file_init_memory(struct elf_file *f, const void *image, size_t size);
void elf_file_done(struct elf_file *f);

/* Exactly n bytes at `offset`: 0, -EBADMSG when the file is shorter, -errno. */
int elf_file_read(const struct elf_file *f, uint64_t offset, void *bytes, size_t n);

/* What elf_getdata() says of a section. */
Elf_Data *elf_file_data(const struct elf_file *f, Elf_Scn *scn);

/*
 * The segment whose mapping holds this file offset, or NULL. Executable segments come first, and
 * the kernel maps whole pages, so an offset in a segment's first or last page belongs to it too.
 */
const struct elf_segment *elf_file_segment(const struct elf_file *f, uint64_t offset);

/* The segment whose bytes in the file hold a virtual address, or NULL. */
const struct elf_segment *elf_file_segment_at(const struct elf_file *f, uint64_t vaddr);

static inline uint64_t elf_segment_vaddr(const struct elf_segment *s, uint64_t offset)
{
	return offset - s->offset + s->vaddr;
}

#endif
