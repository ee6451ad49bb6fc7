// SPDX-License-Identifier: GPL-2.0-or-later
#include "elf/plt.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "elf/section.h"

/* A slot of the global offset table that the loader fills with a function's address. */
struct slot {
	uint64_t addr;
	uint32_t name; /* offset in the table's names, or 0: not put there yet */
	uint32_t symbol;
};

struct plt {
	const struct elf_file *f;
	struct symtab *table;
	VEC(struct slot) slots; /* sorted by address */
	VEC(uint64_t) lazy;	/* slot addresses by index in .rela.plt */
	Elf_Data *symbols;	/* .dynsym */
	size_t names;		/* its string section */
};

static int compare_slots(const void *a, const void *b)
{
	const struct slot *x = a, *y = b;

	return (x->addr > y->addr) - (x->addr < y->addr);
}

static bool fills_with_function(uint16_t machine, unsigned int type)
{
	if (machine == EM_X86_64)
		return type == R_X86_64_JUMP_SLOT || type == R_X86_64_GLOB_DAT;
	return type == R_AARCH64_JUMP_SLOT || type == R_AARCH64_GLOB_DAT;
}

static int read_relocations(struct plt *p, const char *name, bool lazy)
{
	GElf_Shdr sh, dynsym;
	Elf_Scn *scn = section_find(p->f, name, &sh), *symbols;
	Elf_Data *data;
	size_t n, i;

	if (!scn || sh.sh_type != SHT_RELA || !sh.sh_entsize)
		return 0;
	n = sh.sh_size / sh.sh_entsize;
	if ((sh.sh_flags & SHF_COMPRESSED) || sh.sh_size > p->f->size)
		return -EBADMSG;
	if (n > PLT_MAX_SLOTS)
		return -EFBIG;
	symbols = elf_getscn(p->f->elf, sh.sh_link);
	if (!symbols || !gelf_getshdr(symbols, &dynsym) || dynsym.sh_type != SHT_DYNSYM ||
	    (dynsym.sh_flags & SHF_COMPRESSED) ||
	    dynsym.sh_size > SYMTAB_MAX_SYMBOLS * sizeof(Elf64_Sym) ||
	    !section_has_strings(p->f, dynsym.sh_link))
		return 0; /* a static program's, which have no names */
	p->symbols = elf_file_data(p->f, symbols);
	p->names = dynsym.sh_link;
	elf_file_data(p->f, elf_getscn(p->f->elf, dynsym.sh_link)); /* for elf_strptr() */
	data = elf_file_data(p->f, scn);
	for (i = 0; data && i < n; i++) {
		struct slot slot = {0};
		GElf_Rela rela;

		if (!gelf_getrela(data, (int)i, &rela))
			break;
		slot.addr = rela.r_offset;
		slot.symbol = (uint32_t)GELF_R_SYM(rela.r_info);
		if (lazy)
			vec_push(&p->lazy, slot.addr);
		if (slot.symbol &&
		    fills_with_function(p->f->machine, (unsigned int)GELF_R_TYPE(rela.r_info)))
			vec_push(&p->slots, slot);
	}
	return 0;
}

/* Puts the name of the function that the slot is for behind the table's names. */
static bool name_slot(struct plt *p, struct slot *slot)
{
	struct buf *names = &p->table->names;
	const char *name;
	GElf_Sym sym;
	size_t n;

	if (slot->name)
		return true;
	if (!p->symbols || !gelf_getsym(p->symbols, (int)slot->symbol, &sym))
		return false;
	name = elf_strptr(p->f->elf, p->names, sym.st_name);
	if (!name || !*name)
		return false;
	n = strnlen(name, SYMTAB_MAX_NAME);
	if (names->len + n + sizeof("@plt") > SYMTAB_MAX_NAMES)
		return false;
	if (!names->len)
		buf_add(names, "", 1); /* 0 means "not yet" */
	slot->name = (uint32_t)names->len;
	buf_add(names, name, n);
	buf_add(names, "@plt", sizeof("@plt"));
	return true;
}

static void add_stub(struct plt *p, uint64_t addr, uint64_t size, uint64_t target)
{
	struct slot key = {.addr = target}, *slot = NULL;

	if (p->slots.n)
		slot = bsearch(&key, p->slots.at, p->slots.n, sizeof(key), compare_slots);
	if (slot && name_slot(p, slot))
		symtab_add(p->table, addr, size, SYMTAB_GLOBAL, slot->name);
}

/*
 * A stub has an indirect jump through its slot, behind landing pads and prefixes. Where the jumps
 * are in .plt.sec, the stubs in .plt push the slot's number and go to the loader.
 */
static void read_x86_stubs(struct plt *p, const GElf_Shdr *sh, const unsigned char *code)
{
	uint64_t size = sh->sh_entsize >= 8 && sh->sh_entsize <= 64 ? sh->sh_entsize : 16, at;

	for (at = 0; at + size <= sh->sh_size; at += size) {
		const unsigned char *stub = code + at;
		bool pushes = false;
		uint32_t number = 0;
		uint64_t i;

		for (i = 0; i + 6 <= size && i <= 5; i++) {
			int32_t to;

			if (stub[i] == 0x68 && !pushes) {
				pushes = true;
				memcpy(&number, stub + i + 1, 4);
			}
			if (stub[i] != 0xff || stub[i + 1] != 0x25)
				continue;
			memcpy(&to, stub + i + 2, 4);
			add_stub(p, sh->sh_addr + at, size,
				 sh->sh_addr + at + i + 6 + (uint64_t)(int64_t)to);
			break;
		}
		if (i > 5 && pushes && number < p->lazy.n)
			add_stub(p, sh->sh_addr + at, size, p->lazy.at[number]);
	}
}

/* "adrp x16, PAGE; ldr x17, [x16, LOW]", perhaps behind a landing pad, "bti c". */
static void read_arm64_stubs(struct plt *p, const GElf_Shdr *sh, const unsigned char *code)
{
	uint32_t before = 0, adrp, ldr;
	uint64_t at;

	for (at = 0; at + 8 <= sh->sh_size; at += 4, before = adrp) {
		uint64_t pc = sh->sh_addr + at, start = pc, page;

		memcpy(&adrp, code + at, 4);
		memcpy(&ldr, code + at + 4, 4);
		if ((adrp & 0x9f00001f) != 0x90000010 || (ldr & 0xffc003ff) != 0xf9400211)
			continue;
		page = (uint64_t)((int64_t)((uint64_t)(adrp >> 5 & 0x7ffff) << 45) >> 31) |
		       (uint64_t)(adrp >> 29 & 3) << 12;
		if (before == 0xd503245f)
			start -= 4;
		add_stub(p, start, 16 + (pc - start),
			 (pc & ~0xfffull) + page + (uint64_t)(ldr >> 10 & 0xfff) * 8);
	}
}

static int read_stubs(struct plt *p, const char *name)
{
	struct buf code = {0};
	GElf_Shdr sh;
	int err = 0;

	if (!section_find(p->f, name, &sh) || !(sh.sh_flags & SHF_EXECINSTR))
		return 0;
	err = section_read(p->f, name, PLT_MAX_BYTES, &code);
	if (!err && p->f->machine == EM_X86_64)
		read_x86_stubs(p, &sh, (const unsigned char *)code.data);
	else if (!err)
		read_arm64_stubs(p, &sh, (const unsigned char *)code.data);
	buf_done(&code);
	return err == -ENODATA ? 0 : err;
}

int plt_add(const struct elf_file *f, struct symtab *table)
{
	struct plt p = {.f = f, .table = table};
	int err;

	if (f->machine != EM_X86_64 && f->machine != EM_AARCH64)
		return 0;
	err = read_relocations(&p, ".rela.plt", true);
	if (!err)
		err = read_relocations(&p, ".rela.dyn", false);
	if (err || !p.slots.n)
		goto out;
	qsort(p.slots.at, p.slots.n, sizeof(*p.slots.at), compare_slots);
	err = read_stubs(&p, ".plt");
	if (!err)
		err = read_stubs(&p, ".plt.sec");
	if (!err)
		err = read_stubs(&p, ".plt.got");
out:
	vec_done(&p.slots);
	vec_done(&p.lazy);
	return err;
}
