/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ORACLE_IMAGE_H
#define ORACLE_IMAGE_H
/*
 * A small ELF image around the bytes of one section of call frame information: one executable
 * segment, whose bytes need not be there, and that section.
 */
#include <elf.h>
#include <stdint.h>
#include <string.h>

#include "util/buf.h"

#define IMAGE_TEXT	  0x401000ull /* vaddr of the code */
#define IMAGE_TEXT_OFFSET 0x1000ull   /* in the file */
#define IMAGE_TEXT_SIZE	  0x100000ull
#define IMAGE_CFI	  0x600000ull /* vaddr of the section */

struct image_section {
	const char *name;
	uint64_t flags;
	const void *bytes;
	size_t n;
};
#define IMAGE_MAX_SECTIONS 2

/* The second section, if any, lies IMAGE_CFI behind the first. */
static inline void image_make_sections(struct buf *image, const struct image_section *sections,
				       unsigned int n_sections)
{
	char names[64] = "";
	Elf64_Ehdr ehdr = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
			   .e_type = ET_DYN,
			   .e_machine = EM_X86_64,
			   .e_version = EV_CURRENT,
			   .e_phoff = sizeof(Elf64_Ehdr),
			   .e_ehsize = sizeof(Elf64_Ehdr),
			   .e_phentsize = sizeof(Elf64_Phdr),
			   .e_phnum = 1,
			   .e_shentsize = sizeof(Elf64_Shdr),
			   .e_shnum = (uint16_t)(n_sections + 2),
			   .e_shstrndx = (uint16_t)(n_sections + 1)};
	Elf64_Phdr phdr = {.p_type = PT_LOAD,
			   .p_flags = PF_R | PF_X,
			   .p_offset = IMAGE_TEXT_OFFSET,
			   .p_vaddr = IMAGE_TEXT,
			   .p_filesz = IMAGE_TEXT_SIZE,
			   .p_memsz = IMAGE_TEXT_SIZE,
			   .p_align = 4096};
	Elf64_Shdr shdr[IMAGE_MAX_SECTIONS + 2] = {{0}, {0}, {0}, {0}};
	size_t at = sizeof(ehdr) + sizeof(phdr), names_size = 1;

	buf_add(image, &ehdr, sizeof(ehdr));
	buf_add(image, &phdr, sizeof(phdr));
	for (unsigned int i = 0; i < n_sections; i++) {
		const struct image_section *s = &sections[i];

		shdr[i + 1] = (Elf64_Shdr){.sh_name = (uint32_t)names_size,
					   .sh_type = SHT_PROGBITS,
					   .sh_flags = s->flags,
					   .sh_addr = IMAGE_CFI * (i + 1),
					   .sh_offset = at,
					   .sh_size = s->n,
					   .sh_addralign = 8};
		memcpy(names + names_size, s->name, strlen(s->name) + 1);
		names_size += strlen(s->name) + 1;
		if (s->n)
			buf_add(image, s->bytes, s->n);
		at += s->n;
	}
	shdr[n_sections + 1] =
		(Elf64_Shdr){.sh_type = SHT_STRTAB, .sh_offset = at, .sh_size = names_size};
	buf_add(image, names, sizeof(names));
	while (image->len % 8)
		buf_putc(image, '\0');
	ehdr.e_shoff = image->len;
	memcpy(image->data, &ehdr, sizeof(ehdr));
	buf_add(image, shdr, (n_sections + 2) * sizeof(*shdr));
}

static inline void image_make(struct buf *image, const char *section, uint64_t flags,
			      const void *bytes, size_t n)
{
	struct image_section only = {section, flags, bytes, n};

	image_make_sections(image, &only, 1);
}

#endif
