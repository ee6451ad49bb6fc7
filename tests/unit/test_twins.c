// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Symbols are read once of files with the same content, and never taken from one that only claims
 * to be the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <sys/stat.h>

#include "elf/buildid.h"
#include "made.h"
#include "sym/binaries.h"
#include "sym/cache.h"
#include "sym/twins.h"
#include "util/mem.h"

#define ID "-Wl,--build-id=0x0123456789abcdef0123456789abcdef01234567"

struct fixture {
	struct cache cache;
	struct twins twins;
};

static int set_up(void **state)
{
	struct fixture *f = mem_zalloc(sizeof(*f));

	made_begin();
	made_text("a.c", "int honest_name(int x) { return x * 3; } int main(void) { return 0; }\n");
	/* Of one build, in folders of their own, as containers have them. */
	made("mkdir a b forged && gcc -g -O1 " ID " -o a/whole a.c && cp a/whole b/");
	made("objcopy --only-keep-debug a/whole a/cut.debug && cp a/cut.debug b/");
	made("cd a && objcopy --strip-all --add-gnu-debuglink=cut.debug whole cut && cp cut ../b/");
	made("for i in whole cut cut.debug; do sed s/honest_name/forged_name/g a/$i >forged/$i; "
	     "done");
	made("cp a/cut forged/ && cmp -s a/cut b/cut && ! cmp -s a/cut.debug forged/cut.debug");
	cache_init(&f->cache, CACHE_MAX_BYTES);
	twins_init(&f->twins, &f->cache);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	twins_done(&f->twins);
	cache_done(&f->cache);
	free(f);
	made_end();
	return 0;
}

static bool has_name(struct fixture *f, uint32_t number, const char *file, const char *name)
{
	struct binary binary = {.path = mem_printf("%s/%s", made_dir, file), .fd = made_open(file)};
	const struct symtab *symbols;
	const struct symbol *symbol;
	struct sources sources;
	struct elf_file elf;
	struct buildid id;
	bool found = false;
	int err;

	assert_int_equal(elf_file_init(&elf, binary.fd), 0);
	assert_int_equal(buildid_read(&elf, &id), 0);
	assert_memory_equal(id.text, "0123456789abcdef", 16);
	sources_init(&sources, &binary, &elf, &id);
	symbols = twins_symbols(&f->twins, number, &sources, &err);
	assert_int_equal(err, 0);
	vec_each(symbol, &symbols->symbols)
		found = found || !strcmp(symtab_name(symbols, symbol), name);
	sources_done(&sources);
	elf_file_done(&elf);
	close(binary.fd);
	free(binary.path);
	return found;
}

static void assert_counts(const struct fixture *f, uint64_t read, uint64_t shared)
{
	assert_int_equal(f->twins.read, read);
	assert_int_equal(f->twins.shared, shared);
}

/* Whoever comes first. */
static void test_whole(void **state)
{
	struct fixture *f = *state;

	assert_true(has_name(f, 7, "forged/whole", "forged_name"));
	assert_true(has_name(f, 0, "a/whole", "honest_name"));
	assert_false(has_name(f, 0, "a/whole", "forged_name"));
	assert_counts(f, 2, 0);
	assert_true(has_name(f, 1, "b/whole", "honest_name"));
	assert_true(has_name(f, 1, "b/whole", "honest_name"));
	assert_counts(f, 2, 1);
	assert_true(has_name(f, 7, "forged/whole", "forged_name"));
	assert_counts(f, 2, 1);
}

/* The binaries are the same, and the debug files have their build id. */
static void test_debug_file(void **state)
{
	struct fixture *f = *state;

	made("cmp -s a/cut forged/cut");
	assert_true(has_name(f, 0, "forged/cut", "forged_name"));
	assert_true(has_name(f, 1, "a/cut", "honest_name"));
	assert_true(has_name(f, 2, "b/cut", "honest_name"));
	assert_counts(f, 2, 1);
	/* Without one there is nothing to be called. */
	made("rm b/cut.debug");
	assert_false(has_name(f, 3, "b/cut", "honest_name"));
	assert_counts(f, 3, 1);
}

/* Of what the cache has dropped nothing is believed: the file may be another by now. */
static void test_dropped(void **state)
{
	struct fixture *f = *state;

	f->cache.limit = 1;
	assert_true(has_name(f, 0, "a/whole", "honest_name"));
	assert_true(has_name(f, 1, "b/whole", "honest_name"));
	assert_counts(f, 1, 1);
	assert_true(has_name(f, 2, "forged/whole", "forged_name"));
	made("cp forged/whole a/");
	assert_true(has_name(f, 0, "a/whole", "forged_name"));
	assert_true(has_name(f, 1, "b/whole", "honest_name"));
	assert_false(has_name(f, 0, "a/whole", "honest_name"));
}

/* A file that was changed after its symbols were read: others are not compared with that. */
static void test_changed(void **state)
{
	struct fixture *f = *state;

	assert_true(has_name(f, 0, "forged/whole", "forged_name"));
	made("cp a/whole forged/");
	assert_true(has_name(f, 1, "a/whole", "honest_name"));
	assert_counts(f, 2, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_whole, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_debug_file, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_dropped, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_changed, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
