// SPDX-License-Identifier: GPL-2.0-or-later
#include "elf/names.h"

#include <errno.h>

#include "elf/section.h"

static int table_each(const struct elf_file *f, Elf_Scn *scn, const GElf_Shdr *sh, names_fn *each,
		      void *arg)
{
	size_t n = sh->sh_entsize ? sh->sh_size / sh->sh_entsize : 0;
	Elf_Data *data;

	if ((sh->sh_flags & SHF_COMPRESSED) || sh->sh_size > f->size ||
	    !section_has_strings(f, sh->sh_link))
		return -EBADMSG;
	if (n > NAMES_MAX)
		return -EFBIG;
	data = elf_getdata(scn, NULL);
	if (!data)
		return -EBADMSG;
	for (size_t i = 0; i < n; i++) {
		GElf_Sym sym;
		const char *name;
		int err;

		if (!gelf_getsym(data, (int)i, &sym))
			break;
		if (GELF_ST_TYPE(sym.st_info) != STT_FUNC || sym.st_shndx == SHN_UNDEF)
			continue;
		name = elf_strptr(f->elf, sh->sh_link, sym.st_name);
		err = name ? each(arg, name, sym.st_value, sym.st_size) : 0;
		if (err)
			return err;
	}
	return 0;
}

int names_each(const struct elf_file *f, names_fn *each, void *arg)
{
	bool seen_symtab = false, seen_dynsym = false;
	Elf_Scn *scn = NULL;

	while ((scn = elf_nextscn(f->elf, scn))) {
		GElf_Shdr sh;
		bool *seen;
		int err;

		if (!gelf_getshdr(scn, &sh))
			return -EBADMSG;
		if (sh.sh_type != SHT_SYMTAB && sh.sh_type != SHT_DYNSYM)
			continue;
		seen = sh.sh_type == SHT_SYMTAB ? &seen_symtab : &seen_dynsym;
		if (*seen) /* linkers write one of each; more would be there to keep us busy */
			continue;
		*seen = true;
		err = table_each(f, scn, &sh, each, arg);
		if (err)
			return err;
	}
	return 0;
}
