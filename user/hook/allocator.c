// SPDX-License-Identifier: GPL-2.0-or-later
#include "hook/allocator.h"

#include <errno.h>
#include <string.h>

#include "elf/debuglink.h"
#include "elf/file.h"
#include "elf/names.h"
#include "elf/plt.h"
#include "hook/reach.h"
#include "hook/search.h"
#include "hook/site.h"

#define NO     SITE_NO_ARG
#define THROWS HP_SITE_THROWS
#define FREES  HP_SITE_FREES

/* Which argument is what, by its position. */
static const struct family {
	const char *name;
	uint8_t size, count, ptr;
	uint32_t flags;
} families[] = {
	{"malloc", 0, NO, NO, 0},
	{"calloc", 0, 1, NO, 0},
	{"realloc", 1, NO, 0, 0},
	{"reallocarray", 1, 2, 0, 0},
	{"memalign", 1, NO, NO, 0},
	{"aligned_alloc", 1, NO, NO, 0},
	{"posix_memalign", 2, NO, 0, HP_SITE_POINTER},
	{"valloc", 0, NO, NO, 0},
	{"pvalloc", 0, NO, NO, 0},
	{"free", NO, NO, 0, FREES},
	{"cfree", NO, NO, 0, FREES},
	{"free_sized", NO, NO, 0, FREES},
	{"free_aligned_sized", NO, NO, 0, FREES},
	{"sdallocx", NO, NO, 0, FREES},
	{"_Znwm", 0, NO, NO, THROWS},
	{"_Znam", 0, NO, NO, THROWS},
	{"_ZnwmRKSt9nothrow_t", 0, NO, NO, 0},
	{"_ZnamRKSt9nothrow_t", 0, NO, NO, 0},
	{"_ZnwmSt11align_val_t", 0, NO, NO, THROWS},
	{"_ZnamSt11align_val_t", 0, NO, NO, THROWS},
	{"_ZnwmSt11align_val_tRKSt9nothrow_t", 0, NO, NO, 0},
	{"_ZnamSt11align_val_tRKSt9nothrow_t", 0, NO, NO, 0},
	{"_ZdlPv", NO, NO, 0, FREES},
	{"_ZdaPv", NO, NO, 0, FREES},
	{"_ZdlPvm", NO, NO, 0, FREES},
	{"_ZdaPvm", NO, NO, 0, FREES},
	{"_ZdlPvRKSt9nothrow_t", NO, NO, 0, FREES},
	{"_ZdaPvRKSt9nothrow_t", NO, NO, 0, FREES},
	{"_ZdlPvSt11align_val_t", NO, NO, 0, FREES},
	{"_ZdaPvSt11align_val_t", NO, NO, 0, FREES},
	{"_ZdlPvmSt11align_val_t", NO, NO, 0, FREES},
	{"_ZdaPvmSt11align_val_t", NO, NO, 0, FREES},
	{"_ZdlPvSt11align_val_tRKSt9nothrow_t", NO, NO, 0, FREES},
	{"_ZdaPvSt11align_val_tRKSt9nothrow_t", NO, NO, 0, FREES},
};
#define N_FAMILIES (sizeof(families) / sizeof(families[0]))

_Static_assert(N_FAMILIES <= ALLOCATOR_MAX_SITES, "each has a number");

/* What is being found out. */
struct finder {
	const struct elf_file *elf;
	struct elf_file packed; /* MiniDebugInfo: more names of the same */
	bool has_packed;
	struct symtab stubs; /* of the linkage table */
	struct {
		uint64_t address, size; /* 0: not defined here, or elsewhere in this list */
	} functions[N_FAMILIES];
	struct hook_site sites[N_FAMILIES];
	size_t current; /* whose code is followed */
	const char *wanted_name;
	uint64_t found_address;
};

static int on_name(void *arg, const char *name, uint64_t address, uint64_t size)
{
	struct finder *f = arg;

	for (size_t i = 0; i < N_FAMILIES; i++) {
		if (strcmp(name, families[i].name) || f->functions[i].address || !address)
			continue;
		f->functions[i].address = address;
		f->functions[i].size = size;
	}
	return 0;
}

static void unpack(struct finder *f)
{
	static struct buf image;

	f->has_packed = !debugdata_read(f->elf, &image) &&
			!elf_file_init_memory(&f->packed, image.data, image.len);
}

static int each_name(struct finder *f, names_fn *each)
{
	int err = names_each(f->elf, each, f);

	return err || !f->has_packed ? err : names_each(&f->packed, each, f);
}

/* Several names can be one function: the first of the list stands for all. */
static void drop_aliases(struct finder *f)
{
	for (size_t i = 0; i < N_FAMILIES; i++) {
		if (!search_code_at(f->elf, f->functions[i].address))
			f->functions[i].address = 0;
		for (size_t j = 0; j < i; j++)
			if (f->functions[j].address == f->functions[i].address)
				f->functions[i].address = 0;
	}
}

/* --- the code as reach.h wants it --- */

static size_t read_code(void *arg, uint64_t address, uint8_t *to, size_t size)
{
	const struct finder *f = arg;

	return search_read_code(f->elf, address, to, &size) ? 0 : size;
}

static int match_name(void *arg, const char *name, uint64_t address, uint64_t size)
{
	struct finder *f = arg;

	(void)size;
	if (strncmp(name, f->wanted_name, strlen(name)) || f->wanted_name[strlen(name)] != '@')
		return 0;
	f->found_address = address;
	return 1;
}

/* "malloc@plt" is this file's own malloc, if it has one. */
static uint64_t resolve(void *arg, uint64_t address)
{
	struct finder *f = arg;
	const struct symbol *stub = symtab_find(&f->stubs, address, NULL);

	if (!stub)
		return address;
	f->wanted_name = symtab_name(&f->stubs, stub);
	f->found_address = address;
	each_name(f, match_name);
	return f->found_address;
}

static int function_at(void *arg, uint64_t address)
{
	const struct finder *f = arg;

	for (size_t i = 0; i < N_FAMILIES; i++)
		if (f->functions[i].address && f->functions[i].address == address &&
		    !(families[i].flags & FREES))
			return (int)i;
	return REACH_NONE;
}

static void jumps_to(void *arg, int number)
{
	struct finder *f = arg;

	if ((size_t)number == f->current)
		return;
	f->sites[f->current].heap.jumps_to |= 1ull << number;
	f->sites[number].heap.jumped_from |= 1ull << f->current;
}

static void calls(void *arg, int number, uint64_t to)
{
	struct finder *f = arg;
	struct hp_site *site = &f->sites[number].heap;

	for (uint32_t i = 0; i < site->n_returns; i++)
		if (site->returns[i] == to)
			return;
	if (site->n_returns < HP_SITE_RETURNS)
		site->returns[site->n_returns++] = to;
}

/* --- */

static uint8_t register_of(const struct site *site, uint8_t arg)
{
	return arg == NO ? HP_SITE_NONE : site->args[arg];
}

static int pick(struct finder *f, size_t i)
{
	const struct family *family = &families[i];
	struct hook_site *to = &f->sites[i];
	struct site_wish wish = {.sp_may_move = family->flags & FREES};
	static uint8_t code[SITE_MAX_CODE];
	const struct elf_segment *s = search_code_at(f->elf, f->functions[i].address);
	struct site site;
	size_t size;
	int err = search_read_function(f->elf, f->functions[i].address, f->functions[i].size, code,
				       &size);

	if (err)
		return err;
	for (unsigned int arg = 0; arg < SITE_ARGS; arg++)
		if (family->size == arg || family->count == arg || family->ptr == arg)
			wish.args |= 1u << arg;
	err = site_pick(code, size, f->functions[i].address, &wish, &site);
	if (err)
		return err;
	to->offset = site.address - s->vaddr + s->offset;
	to->one_trap = site.one_trap;
	to->heap.size = register_of(&site, family->size);
	to->heap.count = register_of(&site, family->count);
	to->heap.ptr = register_of(&site, family->ptr);
	to->heap.function = (uint8_t)i;
	to->heap.flags = family->flags;
	to->heap.address = site.address;
	memcpy(to->name, family->name, strlen(family->name));
	return 0;
}

static size_t family_of(const char *name)
{
	size_t i = 0;

	while (strcmp(families[i].name, name))
		i++;
	return i;
}

static int find_edges(struct finder *f)
{
	const struct reach reach = {
		.arg = f,
		.read = read_code,
		.resolve = resolve,
		.function = function_at,
		.jumps = jumps_to,
		.calls = calls,
	};

	plt_add(f->elf, &f->stubs);
	symtab_finish(&f->stubs, NULL, 0);
	for (f->current = 0; f->current < N_FAMILIES; f->current++) {
		int err = 0;

		if (f->functions[f->current].address && !(families[f->current].flags & FREES))
			err = reach_from(&reach, f->functions[f->current].address);
		if (err)
			return err;
	}
	/* The C library's reallocarray enters whichever realloc the process has: a preloaded one
	 * that has no reallocarray too. */
	f->sites[family_of("realloc")].heap.jumped_from |= 1ull << family_of("reallocarray");
	return 0;
}

static bool is_defined(const struct finder *f, const char *name)
{
	return f->functions[family_of(name)].address != 0;
}

static int find(const struct elf_file *elf, int out)
{
	static struct finder f;
	int err;

	f.elf = elf;
	unpack(&f);
	err = each_name(&f, on_name);
	if (err)
		return err;
	drop_aliases(&f);
	if (!is_defined(&f, "malloc") || !is_defined(&f, "free"))
		return 0;
	for (size_t i = 0; i < N_FAMILIES; i++) {
		err = f.functions[i].address ? pick(&f, i) : 0;
		if (err)
			return err;
	}
	err = find_edges(&f);
	return err ? err : search_answer(out, f.sites, N_FAMILIES);
}

static bool is_register(uint8_t number)
{
	return number < 16 || number == HP_SITE_NONE;
}

static bool is_sane(const struct hook_site *s)
{
	return is_register(s->heap.size) && is_register(s->heap.count) &&
	       is_register(s->heap.ptr) && s->heap.function < ALLOCATOR_MAX_SITES &&
	       s->heap.n_returns <= HP_SITE_RETURNS &&
	       (s->heap.flags & FREES ? s->heap.ptr != HP_SITE_NONE
				      : s->heap.size != HP_SITE_NONE) &&
	       (!(s->heap.flags & HP_SITE_POINTER) || s->heap.ptr != HP_SITE_NONE);
}

int allocator_find(int fd, struct hook_sites *ret_sites)
{
	static const struct search search = {.names = {"malloc", "free"},
					     .unpacks = true,
					     .max_sites = N_FAMILIES,
					     .find = find,
					     .is_sane = is_sane};

	return search_binary(&search, fd, ret_sites);
}
