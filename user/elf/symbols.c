// SPDX-License-Identifier: GPL-2.0-or-later
#include "elf/symbols.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "elf/file.h"
#include "elf/gotable.h"
#include "elf/plt.h"
#include "util/mem.h"

/* What the binder gives to each Ada program, and what each Ada library uses, begins so. */
#define ADA "__gnat_"

/*
 * Assemblers give no sizes. Behind such a symbol of a stripped file comes code whose names are
 * gone: it is believed to be this function's for as many bytes as a large one has.
 */
#define STRIPPED_REACH 4096

struct reader {
	const struct elf_file *f;
	struct symtab table;
	VEC(struct symtab_range) sections; /* by number; empty for those not wanted */
	bool have_symtab;		   /* of any file */
	bool data;			   /* variables are wanted, not functions */
};

/* Thread-local variables have no address of their own. */
static bool section_wanted(const struct reader *r, const GElf_Shdr *sh)
{
	if (!r->data)
		return sh->sh_flags & SHF_EXECINSTR;
	return (sh->sh_flags & (SHF_ALLOC | SHF_EXECINSTR | SHF_TLS)) == SHF_ALLOC;
}

static int read_sections(struct reader *r)
{
	Elf_Scn *scn = NULL;
	struct symtab_range none = {0};

	vec_push(&r->sections, none); /* section 0: undefined */
	while ((scn = elf_nextscn(r->f->elf, scn))) {
		struct symtab_range section = {0};
		GElf_Shdr sh;

		if (!gelf_getshdr(scn, &sh) || elf_ndxscn(scn) != r->sections.n)
			return -EBADMSG;
		if (r->sections.n >= ELF_MAX_SECTIONS)
			return -EFBIG;
		if (section_wanted(r, &sh) && sh.sh_addr + sh.sh_size > sh.sh_addr)
			section = (struct symtab_range){sh.sh_addr, sh.sh_addr + sh.sh_size};
		vec_push(&r->sections, section);
	}
	return 0;
}

/* Appends the string table, ended by a NUL whatever the file says, to the names. */
static int read_names(struct reader *r, const GElf_Shdr *sh, uint32_t *ret_base, size_t *ret_size)
{
	struct buf *names = &r->table.names;
	size_t base = names->len;
	char *bytes;
	int err;

	if (sh->sh_type != SHT_STRTAB || (sh->sh_flags & SHF_COMPRESSED))
		return -EBADMSG;
	if (sh->sh_size > r->f->size)
		return -EBADMSG;
	if (sh->sh_size >= SYMTAB_MAX_NAMES - base)
		return -EFBIG;
	bytes = mem_grow(names->data, base + sh->sh_size + 1, 1);
	names->data = bytes;
	names->cap = base + sh->sh_size + 1;
	err = elf_file_read(r->f, sh->sh_offset, bytes + base, sh->sh_size);
	if (err)
		return err;
	bytes[base + sh->sh_size] = '\0';
	names->len = names->cap; /* the NUL belongs to the last name */
	*ret_base = (uint32_t)base;
	*ret_size = sh->sh_size;
	return 0;
}

/* Compilers and assemblers leave labels in the code that name no function: ".L1", ARM's "$x". */
static bool useless_label(const char *name)
{
	return !name[0] || name[0] == '.' || name[0] == '$';
}

static void add_symbol(struct reader *r, const GElf_Sym *sym, uint32_t base, size_t names_size)
{
	unsigned int type = GELF_ST_TYPE(sym->st_info), bind = GELF_ST_BIND(sym->st_info);
	const struct symtab_range *range;
	unsigned int rank;
	uint64_t size = sym->st_size;
	const char *name;

	if (sym->st_name < names_size && !r->table.ada)
		r->table.ada =
			!strncmp(r->table.names.data + base + sym->st_name, ADA, strlen(ADA));
	if (r->data ? type != STT_OBJECT
		    : type != STT_FUNC && type != STT_GNU_IFUNC && type != STT_NOTYPE)
		return;
	if (sym->st_shndx >= r->sections.n || sym->st_name >= names_size)
		return;
	range = &r->sections.at[sym->st_shndx];
	if (sym->st_value < range->start || sym->st_value >= range->end)
		return;
	name = r->table.names.data + base + sym->st_name;
	if (!name[0] || (type == STT_NOTYPE && useless_label(name)))
		return;
	rank = bind == STB_LOCAL ? SYMTAB_LOCAL : bind == STB_WEAK ? SYMTAB_WEAK : SYMTAB_GLOBAL;
	if (type == STT_NOTYPE)
		rank += SYMTAB_LABEL;
	if (size > range->end - sym->st_value)
		size = range->end - sym->st_value;
	symtab_add(&r->table, sym->st_value, size, rank, base + sym->st_name);
}

static int read_table(struct reader *r, Elf_Scn *scn, const GElf_Shdr *sh)
{
	Elf_Scn *names_scn = elf_getscn(r->f->elf, sh->sh_link);
	GElf_Shdr names_sh;
	Elf_Data *data;
	size_t n, i, names_size;
	uint32_t base;
	int err;

	if (!sh->sh_entsize || (sh->sh_flags & SHF_COMPRESSED) || sh->sh_size > r->f->size ||
	    !gelf_getshdr(names_scn, &names_sh))
		return -EBADMSG;
	n = sh->sh_size / sh->sh_entsize;
	if (n > SYMTAB_MAX_SYMBOLS - r->table.symbols.n || n > INT32_MAX ||
	    sh->sh_size > SYMTAB_MAX_SYMBOLS * sizeof(Elf64_Sym))
		return -EFBIG;
	err = read_names(r, &names_sh, &base, &names_size);
	if (err)
		return err;
	data = elf_file_data(r->f, scn);
	if (!data)
		return -EBADMSG;
	for (i = 0; i < n; i++) {
		GElf_Sym sym;

		if (!gelf_getsym(data, (int)i, &sym))
			break;
		add_symbol(r, &sym, base, names_size);
	}
	return 0;
}

static int read_tables(struct reader *r)
{
	bool have_symtab = false, have_dynsym = false;
	Elf_Scn *scn = NULL;
	int err = 0, table_err;

	/*
	 * One of each kind at most, which is what linkers write: bounds the work on others. One
	 * that cannot be read does not spoil the other.
	 */
	while ((scn = elf_nextscn(r->f->elf, scn))) {
		GElf_Shdr sh;

		if (!gelf_getshdr(scn, &sh))
			return -EBADMSG;
		if (sh.sh_type == SHT_SYMTAB && !have_symtab)
			have_symtab = r->have_symtab = true;
		else if (sh.sh_type == SHT_DYNSYM && !have_dynsym)
			have_dynsym = true;
		else
			continue;
		table_err = read_table(r, scn, &sh);
		if (table_err)
			err = table_err;
	}
	return r->table.symbols.n ? 0 : err;
}

static int compare_start(const void *a, const void *b)
{
	const struct symtab_range *x = a, *y = b;

	return (x->start > y->start) - (x->start < y->start);
}

/* Sorts the sections by address and makes plain ranges of them, cut where they overlap. */
static void finish(struct reader *r)
{
	VEC(struct symtab_range) ranges = {0};
	const struct symtab_range *section;

	qsort(r->sections.at, r->sections.n, sizeof(*r->sections.at), compare_start);
	vec_each(section, &r->sections) {
		if (section->start == section->end)
			continue;
		if (ranges.n && ranges.at[ranges.n - 1].end > section->start)
			ranges.at[ranges.n - 1].end = section->start;
		vec_push(&ranges, *section);
	}
	symtab_finish(&r->table, ranges.at, ranges.n);
	vec_done(&ranges);
}

/* What one more file has; its sections, for the caller, who ends them. */
static int add_file(struct reader *r, const struct elf_file *f)
{
	int err;

	r->f = f;
	vec_done(&r->sections);
	err = read_sections(r);
	return err ? err : read_tables(r);
}

static int read_files(struct reader *r, const struct elf_file *const *files, size_t n)
{
	int err = 0, file_err;

	/* The first comes last: its sections have the final word on where code is. */
	for (size_t i = n; i--;) {
		file_err = add_file(r, files[i]);
		err = file_err ? file_err : err;
	}
	return err;
}

/* Hands the table over, unless nothing was read for an error. */
static int end(struct reader *r, int err, struct symtab *ret_table)
{
	if (err && !r->table.symbols.n) {
		symtab_done(&r->table);
	} else {
		finish(r);
		*ret_table = r->table;
		err = 0;
	}
	vec_done(&r->sections);
	return err;
}

int symbols_read_all(const struct elf_file *const *files, size_t n, struct symtab *ret_table)
{
	struct reader r = {0};
	struct gotable go;
	int err = read_files(&r, files, n);

	r.table.reach = r.have_symtab ? 0 : STRIPPED_REACH;
	plt_add(files[0], &r.table);
	if (!r.have_symtab && !gotable_init(&go, files[0])) {
		gotable_symbols(&go, &r.table);
		gotable_done(&go);
	}
	return end(&r, err, ret_table);
}

int symbols_read_data(const struct elf_file *const *files, size_t n, struct symtab *ret_table)
{
	struct reader r = {.data = true};
	int err = read_files(&r, files, n);

	return end(&r, err, ret_table);
}

int symbols_read(const struct elf_file *f, struct symtab *ret_table)
{
	return symbols_read_all(&f, 1, ret_table);
}
