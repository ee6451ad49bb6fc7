// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <inttypes.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "elf/buildid.h"
#include "model/profile.h"
#include "sym/binaries.h"
#include "sym/kallsyms.h"
#include "sym/namer.h"
#include "sym/symbolize.h"
#include "sym/vdso.h"

int symbolize_test_one(int x);
int symbolize_test_two(int x);

__attribute__((noinline)) int symbolize_test_one(int x)
{
	return x * 3 + 1;
}

__attribute__((noinline)) int symbolize_test_two(int x)
{
	return x * 7 + 3;
}

struct fixture {
	struct binaries *binaries;
	struct symbolizer *symbolizer;
	struct profile *profile;
};

static int setup(void **state)
{
	struct fixture *f = mem_zalloc(sizeof(*f));

	f->binaries = binaries_new();
	f->symbolizer = symbolizer_new(f->binaries, &(struct symbolizer_options){.no_lines = true});
	f->profile = profile_new();
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	symbolizer_free(f->symbolizer);
	binaries_free(f->binaries);
	profile_free(f->profile);
	free(f);
	return 0;
}

/* The mapping of this process that holds addr, as the kernel part reports it. */
static uint64_t own_mapping(uint64_t addr, struct binary_seen *ret_seen, char *path)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	uint64_t start, end, offset, inode, found = 0;
	unsigned int dev_major, dev_minor;
	char line[4200];

	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps)) {
		if (sscanf(line,
			   "%" SCNx64 "-%" SCNx64 " %*s %" SCNx64 " %x:%x %" SCNu64 " %4095[^\n]",
			   &start, &end, &offset, &dev_major, &dev_minor, &inode, path) != 7 ||
		    addr < start || addr >= end)
			continue;
		*ret_seen = (struct binary_seen){dev_major, dev_minor, inode, getpid(),
						 start,	    end,       path};
		found = addr - start + offset;
		break;
	}
	fclose(maps);
	assert_true(found);
	return found;
}

static const struct profile_function *function_of(const struct profile *p, uint32_t location)
{
	const struct profile_location *l = &p->locations.at[location];

	assert_int_equal(l->n_lines, 1);
	assert_int_equal(p->lines.at[l->first_line].line, 0);
	return &p->functions.at[p->lines.at[l->first_line].function];
}

static void assert_name(const struct profile *p, uint32_t location, const char *name)
{
	assert_string_equal(profile_str(p, function_of(p, location)->name), name);
	assert_string_equal(profile_str(p, function_of(p, location)->system_name), name);
}

static int first_object(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void)size;
	*(struct dl_phdr_info *)arg = *info;
	return 1;
}

static void test_file(void **state)
{
	struct fixture *f = *state;
	struct profile *p = f->profile;
	struct binary_seen seen;
	char path[4096];
	uint64_t one = (uint64_t)(uintptr_t)symbolize_test_one;
	uint64_t two = (uint64_t)(uintptr_t)symbolize_test_two;
	uint32_t mapping = profile_new_mapping(p, &(struct profile_mapping){0});
	uint64_t offset = own_mapping(one, &seen, path);
	struct origin origin = {.kind = ORIGIN_FILE, .binary = binaries_add(f->binaries, &seen)};
	const struct profile_mapping *m;
	struct dl_phdr_info self;
	uint32_t l[3];

	l[0] = profile_add_location(p, mapping, offset + 1);
	l[1] = profile_add_location(p, mapping, offset + two - one);
	l[2] = profile_add_location(p, mapping, 1ull << 45); /* in no segment */
	assert_int_equal(symbolizer_run(f->symbolizer, p, &origin, 1), 0);
	dl_iterate_phdr(first_object, &self);
	assert_name(p, l[0], "symbolize_test_one");
	assert_name(p, l[1], "symbolize_test_two");
	assert_int_equal(p->locations.at[l[0]].address, one + 1 - self.dlpi_addr);
	assert_int_equal(p->locations.at[l[1]].address, two - self.dlpi_addr);
	assert_int_equal(p->locations.at[l[2]].n_lines, 0);
	m = &p->mappings.at[mapping];
	assert_true(m->has_functions);
	assert_string_equal(profile_str(p, m->file), path);
	/* What the loader did with the segment: its address less the program's base. */
	assert_int_equal(m->start, seen.vm_start - self.dlpi_addr);
	assert_true(m->limit >= seen.vm_end - self.dlpi_addr);
	assert_int_equal(m->offset, offset - (one - seen.vm_start));
	for (int i = 0; i < self.dlpi_phnum; i++) {
		const ElfW(Phdr) *ph = &self.dlpi_phdr[i];
		struct buildid id;

		if (ph->p_type == PT_NOTE &&
		    !buildid_find((const void *)(uintptr_t)(self.dlpi_addr + ph->p_vaddr),
				  ph->p_memsz, ph->p_align, &id))
			assert_string_equal(profile_str(p, m->build_id), id.text);
	}
}

/* Five profiles of one recording share what was read of a file. */
static void test_again(void **state)
{
	struct fixture *f = *state;
	uint64_t one = (uint64_t)(uintptr_t)symbolize_test_one;
	struct binary_seen seen;
	char path[4096];
	uint64_t offset = own_mapping(one, &seen, path);
	struct origin origin = {.kind = ORIGIN_FILE, .binary = binaries_add(f->binaries, &seen)};

	for (int i = 0; i < 5; i++) {
		struct profile *p = profile_new();
		uint32_t mapping = profile_new_mapping(p, &(struct profile_mapping){0});
		uint32_t location = profile_add_location(p, mapping, offset);

		assert_int_equal(symbolizer_run(f->symbolizer, p, &origin, 1), 0);
		assert_name(p, location, "symbolize_test_one");
		profile_free(p);
	}
}

static void test_no_file(void **state)
{
	struct fixture *f = *state;
	struct profile *p = f->profile;
	struct binary_seen seen = {.tgid = 0, .inode = 1, .path = "/gone/lib\n.so"};
	struct origin origins[4] = {
		{.kind = ORIGIN_FILE, .binary = binaries_add(f->binaries, &seen)},
		{.kind = ORIGIN_ANON, .tgid = 1},
		{.kind = ORIGIN_UNKNOWN},
		{.kind = ORIGIN_FILE, .binary = BINARY_NONE},
	};
	static const char *const names[] = {"/gone/lib?.so", "[jit]", "[unknown]", "[unknown]"};

	for (uint32_t i = 0; i < 4; i++) {
		profile_new_mapping(p, &(struct profile_mapping){0});
		profile_add_location(p, i, 0x5008);
		profile_add_location(p, i, 0x3004);
	}
	assert_int_equal(symbolizer_run(f->symbolizer, p, origins, 4), 0);
	for (uint32_t i = 0; i < 4; i++) {
		const struct profile_mapping *m = &p->mappings.at[i];

		assert_string_equal(profile_str(p, m->file), names[i]);
		assert_int_equal(m->start, 0x3000);
		assert_int_equal(m->limit, 0x6000);
		assert_false(m->has_functions);
		assert_int_equal(p->locations.at[2 * i].address, 0x5008);
		assert_int_equal(p->locations.at[2 * i].n_lines, 0);
	}
}

static void test_kernel(void **state)
{
	struct fixture *f = *state;
	struct profile *p = f->profile;
	uint32_t mapping = profile_new_mapping(p, &(struct profile_mapping){0});
	struct origin origin = {.kind = ORIGIN_KERNEL};
	const struct profile_mapping *m = &p->mappings.at[mapping];
	const struct symbol *symbol;
	struct kallsyms k;
	uint32_t location;
	int err = symbolizer_load_kernel(f->symbolizer);

	if (err == -EPERM || err == -ENOENT)
		skip();
	assert_int_equal(err, 0);
	assert_int_equal(kallsyms_init(&k, "/proc/kallsyms", false), 0);
	symbol = &k.symbols.symbols.at[k.symbols.symbols.n / 2];
	location = profile_add_location(p, mapping, symbol->addr);
	assert_int_equal(symbolizer_run(f->symbolizer, p, &origin, 1), 0);
	assert_string_equal(profile_str(p, function_of(p, location)->name),
			    symtab_name(&k.symbols, symbol));
	assert_string_equal(profile_str(p, m->file), "[kernel.kallsyms]");
	assert_true(m->has_functions);
	assert_true(m->start <= symbol->addr && symbol->addr < m->limit);
	kallsyms_done(&k);
}

static void test_vdso(void **state)
{
	struct fixture *f = *state;
	struct profile *p = f->profile;
	uint32_t mapping = profile_new_mapping(p, &(struct profile_mapping){0});
	struct origin origin = {.kind = ORIGIN_VDSO};
	const struct symbol *symbol;
	uint32_t location = 0, found = 0;
	struct vdso v;
	int err = vdso_init(&v);

	if (err == -ENOENT)
		skip();
	assert_int_equal(err, 0);
	vec_each(symbol, &v.symbols.symbols) {
		if (!strcmp(symtab_name(&v.symbols, symbol), "__vdso_gettimeofday") ||
		    !strcmp(symtab_name(&v.symbols, symbol), "__kernel_gettimeofday")) {
			const struct elf_segment *s = &v.file.segments.at[0];

			location = profile_add_location(p, mapping,
							symbol->addr - s->vaddr + s->offset);
			found++;
		}
	}
	assert_int_equal(found, 1);
	vdso_done(&v);
	assert_int_equal(symbolizer_run(f->symbolizer, p, &origin, 1), 0);
	assert_non_null(strstr(profile_str(p, function_of(p, location)->name), "gettimeofday"));
	assert_string_equal(profile_str(p, p->mappings.at[mapping].file), "[vdso]");
	assert_true(strlen(profile_str(p, p->mappings.at[mapping].build_id)) >= 16);
}

static void put_symbol(struct symtab *t, uint64_t addr, const char *name)
{
	uint32_t at = (uint32_t)t->names.len;

	buf_add(&t->names, name, strlen(name) + 1);
	symtab_add(t, addr, 16, SYMTAB_GLOBAL, at);
}

/* Demangled, with a version, with a module, with bytes that are no text. */
static void test_names(void **state)
{
	static const char *const names[][3] = {
		/* in the table, name, system_name */
		{"_ZN3foo3barEi", "foo::bar(int)", "_ZN3foo3barEi"},
		{"memcpy@@GLIBC_2.14", "memcpy", "memcpy@@GLIBC_2.14"},
		{"_Z1fv@@V1", "f()", "_Z1fv@@V1"},
		{"malloc@plt", "malloc@plt", "malloc@plt"},
		{"_Z1fv@plt", "f()@plt", "_Z1fv@plt"},
		{"bad\033[0m\xff", "bad?[0m?", "bad?[0m?"},
		{"nft_do_chain [nf_tables]", "nft_do_chain [nf_tables]", "nft_do_chain"},
		{"_RNvC3rnd3bar [rust_mod]", "rnd::bar [rust_mod]", "_RNvC3rnd3bar"},
	};
	enum { N = sizeof(names) / sizeof(names[0]) };
	struct fixture *f = *state;
	struct profile *p = f->profile;
	struct place places[N + 1];
	struct symtab t = {0};

	profile_new_mapping(p, &(struct profile_mapping){0});
	for (uint32_t i = 0; i < N; i++)
		put_symbol(&t, 64 + i * 16, names[i][0]);
	symtab_finish(&t, NULL, 0);
	for (uint32_t i = 0; i <= N; i++)
		places[i] = (struct place){64 + i * 16, 0, profile_add_location(p, 0, i)};
	assert_int_equal(namer_run(p, &t, NULL, NAMER_MODULES, places, N + 1), N);
	for (uint32_t i = 0; i < N; i++) {
		const struct profile_function *function = function_of(p, i);

		assert_string_equal(profile_str(p, function->name), names[i][1]);
		assert_string_equal(profile_str(p, function->system_name), names[i][2]);
		assert_int_equal(function->file, 0);
	}
	assert_int_equal(p->locations.at[N].n_lines, 0);
	symtab_done(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_file, setup, teardown),
		cmocka_unit_test_setup_teardown(test_again, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_file, setup, teardown),
		cmocka_unit_test_setup_teardown(test_kernel, setup, teardown),
		cmocka_unit_test_setup_teardown(test_vdso, setup, teardown),
		cmocka_unit_test_setup_teardown(test_names, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
