// SPDX-License-Identifier: GPL-2.0-or-later
#include "elf/cfi_section.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "elf/cfi.h"
#include "elf/cfi_pointer.h"
#include "elf/file.h"
#include "elf/trace.h"
#include "util/mem.h"

struct found {
	Elf_Scn *eh, *debug;
	GElf_Shdr eh_header, debug_header;
	uint64_t got_vaddr, got_plt_vaddr;
};

/* Stripped debug files keep the headers of sections whose bytes are gone. */
static bool has_bytes(const GElf_Shdr *sh)
{
	return sh->sh_type != SHT_NOBITS && sh->sh_size;
}

static int find_sections(const struct elf_file *f, struct found *found)
{
	Elf_Scn *scn = NULL;
	const char *name;
	GElf_Shdr sh;
	size_t names;

	if (elf_getshdrstrndx(f->elf, &names))
		return 0; /* no names, no sections: there may still be program headers */
	while ((scn = elf_nextscn(f->elf, scn))) {
		if (!gelf_getshdr(scn, &sh))
			return -EBADMSG;
		name = elf_strptr(f->elf, names, sh.sh_name);
		if (!name)
			continue;
		if (!strcmp(name, ".eh_frame") && has_bytes(&sh) && !found->eh) {
			found->eh = scn;
			found->eh_header = sh;
		} else if (!strcmp(name, ".debug_frame") && has_bytes(&sh) && !found->debug) {
			found->debug = scn;
			found->debug_header = sh;
		} else if (!strcmp(name, ".got.plt")) {
			found->got_plt_vaddr = sh.sh_addr;
		} else if (!strcmp(name, ".got")) {
			found->got_vaddr = sh.sh_addr;
		}
	}
	return 0;
}

/* Takes `size` bytes at a file offset. */
static int take_bytes(struct cfi_section *s, const struct elf_file *f, uint64_t offset,
		      uint64_t size)
{
	int err;

	if (offset > f->size || size > f->size - offset)
		return -EBADMSG;
	if (size > CFI_MAX_SECTION)
		return -EFBIG;
	s->bytes = mem_alloc(size);
	s->size = size;
	err = elf_file_read(f, offset, s->bytes, size);
	if (err)
		cfi_section_done(s);
	return err;
}

/* libelf inflates it into memory of its own, as much as the header of the section says. */
static int take_compressed(struct cfi_section *s, const struct elf_file *f, Elf_Scn *scn)
{
	GElf_Chdr header;
	Elf_Data *data;

	if (!gelf_getchdr(scn, &header))
		return -EBADMSG;
	if (header.ch_size > CFI_MAX_SECTION)
		return -EFBIG;
	if (f->trace)
		f->trace->broken = true; /* rare, and not worth reading twice */
	if (elf_compress(scn, 0, 0) < 0)
		return -EBADMSG;
	data = elf_getdata(scn, NULL);
	if (!data || !data->d_buf || !data->d_size || data->d_size > CFI_MAX_SECTION)
		return -EBADMSG;
	s->bytes = mem_alloc(data->d_size);
	s->size = data->d_size;
	memcpy(s->bytes, data->d_buf, data->d_size);
	return 0;
}

static int take_section(struct cfi_section *s, const struct elf_file *f, Elf_Scn *scn,
			const GElf_Shdr *sh)
{
	s->vaddr = sh->sh_addr;
	if (!(sh->sh_flags & SHF_COMPRESSED))
		return take_bytes(s, f, sh->sh_offset, sh->sh_size);
	if (sh->sh_offset > f->size || sh->sh_size > f->size - sh->sh_offset)
		return -EBADMSG;
	return take_compressed(s, f, scn);
}

/*
 * Without section headers (sstrip, some packers) the index that the program headers name still
 * says where .eh_frame starts: a version byte, three encodings, and a pointer.
 */
static int take_by_segment(struct cfi_section *s, const struct elf_file *f)
{
	const struct elf_segment *segment;
	uint8_t header[12];
	struct cfi_input in;
	uint64_t vaddr;
	GElf_Phdr ph;
	size_t n, i;
	int err;

	if (elf_getphdrnum(f->elf, &n))
		return -ENODATA;
	for (i = 0; i < n; i++) {
		if (!gelf_getphdr(f->elf, (int)i, &ph))
			return -EBADMSG;
		if (ph.p_type == PT_GNU_EH_FRAME)
			break;
	}
	if (i == n || ph.p_filesz < sizeof(header))
		return -ENODATA;
	err = elf_file_read(f, ph.p_offset, header, sizeof(header));
	if (err)
		return err;
	if (header[0] != 1)
		return -EBADMSG;
	in = input_of(header + 4, sizeof(header) - 4);
	/* Relative to data means here: to the start of the index. */
	if (!cfi_pointer_read(&in, header[1], ph.p_vaddr + 4, header + 4, ph.p_vaddr, &vaddr))
		return -EBADMSG;
	segment = elf_file_segment_at(f, vaddr);
	if (!segment)
		return -EBADMSG;
	*s = (struct cfi_section){.vaddr = vaddr, .unbounded = true};
	return take_bytes(s, f, segment->offset + (vaddr - segment->vaddr),
			  segment->filesz - (vaddr - segment->vaddr));
}

int cfi_section_init(struct cfi_section *s, const struct elf_file *f)
{
	struct found found = {0};
	int err = find_sections(f, &found);

	*s = (struct cfi_section){0};
	if (err)
		return err;
	s->got = found.got_plt_vaddr ? found.got_plt_vaddr : found.got_vaddr;
	if (found.eh)
		return take_section(s, f, found.eh, &found.eh_header);
	return take_by_segment(s, f);
}

int cfi_section_init_debug(struct cfi_section *s, const struct elf_file *f)
{
	struct found found = {0};
	int err = find_sections(f, &found);

	*s = (struct cfi_section){.debug = true};
	if (err)
		return err;
	return found.debug ? take_section(s, f, found.debug, &found.debug_header) : -ENODATA;
}

void cfi_section_done(struct cfi_section *s)
{
	free(s->bytes);
	*s = (struct cfi_section){0};
}
