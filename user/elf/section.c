// SPDX-License-Identifier: GPL-2.0-or-later
#include "elf/section.h"

#include <errno.h>
#include <string.h>

bool section_has_strings(const struct elf_file *f, size_t index)
{
	GElf_Shdr header;

	return gelf_getshdr(elf_getscn(f->elf, index), &header) && header.sh_type == SHT_STRTAB &&
	       !(header.sh_flags & SHF_COMPRESSED) && header.sh_size <= f->size;
}

Elf_Scn *section_find(const struct elf_file *f, const char *name, GElf_Shdr *ret_header)
{
	Elf_Scn *scn = NULL;
	size_t names;

	if (elf_getshdrstrndx(f->elf, &names) || !section_has_strings(f, names))
		return NULL;
	while ((scn = elf_nextscn(f->elf, scn))) {
		const char *found;
		GElf_Shdr header;

		if (!gelf_getshdr(scn, &header))
			return NULL;
		found = elf_strptr(f->elf, names, header.sh_name);
		if (!found || strcmp(found, name))
			continue;
		if (ret_header)
			*ret_header = header;
		return scn;
	}
	return NULL;
}

int section_read(const struct elf_file *f, const char *name, size_t limit, struct buf *out)
{
	GElf_Shdr header;
	int err;

	buf_clear(out);
	if (!section_find(f, name, &header) || header.sh_type == SHT_NOBITS || !header.sh_size)
		return -ENODATA;
	if (header.sh_flags & SHF_COMPRESSED)
		return -ENOTSUP;
	if (header.sh_size > f->size)
		return -EBADMSG;
	if (header.sh_size > limit)
		return -EFBIG;
	out->data = mem_grow(out->data, header.sh_size + 1, 1);
	out->cap = header.sh_size + 1;
	err = elf_file_read(f, header.sh_offset, out->data, header.sh_size);
	if (err)
		return err;
	out->len = header.sh_size;
	out->data[out->len] = '\0';
	return 0;
}
