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

static inline void image_make(struct buf *image, const char *section, uint64_t flags,
			      const void *bytes, size_t n)
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
			   .e_shnum = 3,
			   .e_shstrndx = 2};
	Elf64_Phdr phdr = {.p_type = PT_LOAD,
			   .p_flags = PF_R | PF_X,
			   .p_offset = IMAGE_TEXT_OFFSET,
			   .p_vaddr = IMAGE_TEXT,
			   .p_filesz = IMAGE_TEXT_SIZE,
			   .p_memsz = IMAGE_TEXT_SIZE,
			   .p_align = 4096};
	Elf64_Shdr shdr[3] = {{0}, {0}, {0}};
	size_t at = sizeof(ehdr) + sizeof(phdr), names_size = strlen(section) + 2;

	memcpy(names + 1, section, names_size - 1);
	ehdr.e_shoff = at + ((n + sizeof(names) + 7) & ~(size_t)7);
	shdr[1] = (Elf64_Shdr){.sh_name = 1,
			       .sh_type = SHT_PROGBITS,
			       .sh_flags = flags,
			       .sh_addr = IMAGE_CFI,
			       .sh_offset = at,
			       .sh_size = n,
			       .sh_addralign = 8};
	shdr[2] = (Elf64_Shdr){.sh_type = SHT_STRTAB, .sh_offset = at + n, .sh_size = names_size};
	buf_add(image, &ehdr, sizeof(ehdr));
	buf_add(image, &phdr, sizeof(phdr));
	if (n)
		buf_add(image, bytes, n);
	buf_add(image, names, sizeof(names));
	while (image->len < ehdr.e_shoff)
		buf_putc(image, '\0');
	buf_add(image, shdr, sizeof(shdr));
}

#endif
