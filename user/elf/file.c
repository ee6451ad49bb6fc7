// SPDX-License-Identifier: GPL-2.0-or-later
#include "elf/file.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "elf/trace.h"

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define NATIVE_DATA ELFDATA2LSB
#else
#define NATIVE_DATA ELFDATA2MSB
#endif

/* The fields of either class that decide whether libelf gets to see the file. */
struct header {
	uint16_t type, machine, phnum, shnum;
	uint64_t shoff;
};

static int read_bytes(const struct elf_file *f, uint64_t offset, char *to, size_t n)
{
	ssize_t got;

	if (f->image) {
		memcpy(to, f->image + offset, n);
		return 0;
	}
	while (n) {
		got = pread(f->fd, to, n, (off_t)offset);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (!got)
			return -EBADMSG; /* truncated since we asked for its size */
		to += got;
		offset += (uint64_t)got;
		n -= (size_t)got;
	}
	return 0;
}

int elf_file_read(const struct elf_file *f, uint64_t offset, void *bytes, size_t n)
{
	int err;

	if (offset > f->size || n > f->size - offset)
		return -EBADMSG;
	err = read_bytes(f, offset, bytes, n);
	if (f->trace && err)
		f->trace->broken = true;
	else if (f->trace)
		elf_trace_add(f->trace, offset, n, bytes, n);
	return err;
}

Elf_Data *elf_file_data(const struct elf_file *f, Elf_Scn *scn)
{
	Elf_Data *data = elf_getdata(scn, NULL);

	if (!f->trace)
		return data;
	if (data && data->d_buf)
		elf_trace_add(f->trace, elf_ndxscn(scn), TRACE_SECTION, data->d_buf, data->d_size);
	else
		f->trace->broken = true;
	return data;
}

static int read_header(const struct elf_file *f, struct header *ret_header)
{
	unsigned char ident[EI_NIDENT];
	Elf64_Ehdr e64;
	Elf32_Ehdr e32;
	int err;

	if (elf_file_read(f, 0, ident, sizeof(ident)) || memcmp(ident, ELFMAG, SELFMAG) ||
	    ident[EI_DATA] != NATIVE_DATA || ident[EI_VERSION] != EV_CURRENT)
		return -ENOEXEC;
	if (ident[EI_CLASS] == ELFCLASS64) {
		err = elf_file_read(f, 0, &e64, sizeof(e64));
		if (err)
			return err;
		*ret_header = (struct header){e64.e_type, e64.e_machine, e64.e_phnum, e64.e_shnum,
					      e64.e_shoff};
		return 0;
	}
	if (ident[EI_CLASS] != ELFCLASS32)
		return -ENOEXEC;
	err = elf_file_read(f, 0, &e32, sizeof(e32));
	if (err)
		return err;
	*ret_header =
		(struct header){e32.e_type, e32.e_machine, e32.e_phnum, e32.e_shnum, e32.e_shoff};
	return 0;
}

/*
 * libelf allocates for as many sections as the file claims. A count of 0 with a table means that
 * the count stands in the first section header, where it can be any number; no linked file needs
 * that, so it is refused.
 */
static int check_header(const struct header *h, bool relocatable)
{
	if (h->type != ET_EXEC && h->type != ET_DYN && !(relocatable && h->type == ET_REL))
		return -ENOEXEC;
	if (h->machine != EM_X86_64 && h->machine != EM_386 && h->machine != EM_AARCH64 &&
	    h->machine != EM_ARM)
		return -ENOEXEC;
	if (h->phnum > ELF_MAX_SEGMENTS || h->shnum > ELF_MAX_SECTIONS)
		return -EFBIG;
	if (!h->shnum && h->shoff)
		return -EBADMSG;
	return 0;
}

static int read_segments(struct elf_file *f)
{
	size_t n, i;

	if (elf_getphdrnum(f->elf, &n))
		return -EBADMSG;
	if (n > ELF_MAX_SEGMENTS)
		return -EFBIG;
	for (i = 0; i < n; i++) {
		struct elf_segment s;
		GElf_Phdr ph;

		if (!gelf_getphdr(f->elf, (int)i, &ph))
			return -EBADMSG;
		if (ph.p_type != PT_LOAD)
			continue;
		if (ph.p_offset > ELF_MAX_FILE || ph.p_filesz > ELF_MAX_FILE ||
		    ph.p_vaddr + ph.p_memsz < ph.p_vaddr || ph.p_memsz < ph.p_filesz)
			return -EBADMSG;
		s = (struct elf_segment){ph.p_vaddr, ph.p_memsz, ph.p_offset, ph.p_filesz,
					 ph.p_flags & PF_X};
		vec_push(&f->segments, s);
	}
	return 0;
}

static int begin(struct elf_file *f, bool relocatable)
{
	struct header header;
	int err;

	if (f->size > ELF_MAX_FILE)
		return -EFBIG;
	err = read_header(f, &header);
	if (err)
		return err;
	err = check_header(&header, relocatable);
	if (err)
		return err;
	f->type = header.type;
	f->machine = header.machine;
	elf_version(EV_CURRENT);
	/* elf_memory() does not write to the image, its parameter only lacks the const. */
	f->elf = f->image ? elf_memory((char *)(uintptr_t)f->image, f->size)
			  : elf_begin(f->fd, ELF_C_READ, NULL);
	if (!f->elf || elf_kind(f->elf) != ELF_K_ELF)
		return -EBADMSG;
	return read_segments(f);
}

static int init(struct elf_file *f, int fd, bool relocatable)
{
	struct stat st;
	int err;

	*f = (struct elf_file){.fd = fd};
	if (fstat(fd, &st))
		return -errno;
	f->size = (uint64_t)st.st_size;
	err = begin(f, relocatable);
	if (err)
		elf_file_done(f);
	return err;
}

int elf_file_init(struct elf_file *f, int fd)
{
	return init(f, fd, false);
}

int elf_file_init_debug(struct elf_file *f, int fd)
{
	return init(f, fd, true);
}

int elf_file_init_memory(struct elf_file *f, const void *image, size_t size)
{
	int err;

	*f = (struct elf_file){.fd = -1, .image = image, .size = size};
	err = begin(f, false);
	if (err)
		elf_file_done(f);
	return err;
}

void elf_file_done(struct elf_file *f)
{
	elf_end(f->elf);
	vec_done(&f->segments);
	*f = (struct elf_file){.fd = -1};
}

static bool holds(const struct elf_segment *s, uint64_t offset, uint64_t page)
{
	uint64_t start = s->offset & ~(page - 1);
	uint64_t end = (s->offset + s->filesz + page - 1) & ~(page - 1);

	return s->filesz && offset >= start && offset < end;
}

const struct elf_segment *elf_file_segment(const struct elf_file *f, uint64_t offset)
{
	const struct elf_segment *s, *rounded = NULL, *data = NULL;

	vec_each(s, &f->segments) {
		if (s->executable && holds(s, offset, 1))
			return s;
		if (s->executable && holds(s, offset, ELF_PAGE_SIZE))
			rounded = s;
		if (!s->executable && holds(s, offset, 1))
			data = s;
	}
	return rounded ? rounded : data;
}

const struct elf_segment *elf_file_segment_at(const struct elf_file *f, uint64_t vaddr)
{
	const struct elf_segment *s;

	vec_each(s, &f->segments) {
		if (vaddr >= s->vaddr && vaddr - s->vaddr < s->filesz)
			return s;
	}
	return NULL;
}
