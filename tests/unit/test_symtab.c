// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "elf/symtab.h"

/* A table under construction with names that are easy to write. */
static void add(struct symtab *t, uint64_t addr, uint64_t size, unsigned int rank, const char *name)
{
	uint32_t at = (uint32_t)t->names.len;

	buf_add(&t->names, name, strlen(name) + 1);
	symtab_add(t, addr, size, rank, at);
}

static const char *name_at(const struct symtab *t, uint64_t addr)
{
	const struct symbol *s = symtab_find(t, addr, NULL);

	return s ? symtab_name(t, s) : "-";
}

static void test_gaps(void **state)
{
	struct symtab t = {0};

	(void)state;
	add(&t, 200, 10, SYMTAB_GLOBAL, "b");
	add(&t, 100, 50, SYMTAB_GLOBAL, "a");
	symtab_finish(&t, NULL, 0);
	assert_string_equal(name_at(&t, 99), "-");
	assert_string_equal(name_at(&t, 100), "a");
	assert_string_equal(name_at(&t, 149), "a");
	assert_string_equal(name_at(&t, 150), "-");
	assert_string_equal(name_at(&t, 199), "-");
	assert_string_equal(name_at(&t, 209), "b");
	assert_string_equal(name_at(&t, 210), "-");
	assert_string_equal(name_at(&t, UINT64_MAX), "-");
	symtab_done(&t);
}

static void test_empty(void **state)
{
	struct symtab t = {0};
	size_t cursor = 0;

	(void)state;
	symtab_finish(&t, NULL, 0);
	assert_null(symtab_find(&t, 0, NULL));
	assert_null(symtab_find(&t, 12345, &cursor));
	symtab_done(&t);
}

/* The better name of each pair, whichever comes first in the file. */
static void test_aliases(void **state)
{
	static const struct {
		unsigned int rank[2];
		uint64_t size[2];
		const char *name[2]; /* the first is the better one */
	} pairs[] = {
		{{SYMTAB_GLOBAL, SYMTAB_WEAK}, {8, 8}, {"__write", "write"}},
		{{SYMTAB_WEAK, SYMTAB_LOCAL}, {8, 8}, {"zz", "a"}},
		{{SYMTAB_LOCAL, SYMTAB_GLOBAL + SYMTAB_LABEL}, {8, 8}, {"function", "label"}},
		{{SYMTAB_LOCAL, SYMTAB_GLOBAL}, {8, 0}, {"sized", "bare"}},
		{{SYMTAB_GLOBAL, SYMTAB_GLOBAL}, {8, 8}, {"longer_name", "_short"}},
		{{SYMTAB_GLOBAL, SYMTAB_GLOBAL}, {8, 8}, {"short", "shorter"}},
		{{SYMTAB_GLOBAL, SYMTAB_GLOBAL}, {8, 8}, {"_ZN1AC1Ev", "_ZN1AC2Ev"}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		for (unsigned int swap = 0; swap < 2; swap++) {
			struct symtab t = {0};

			for (unsigned int k = 0; k < 2; k++)
				add(&t, 64, pairs[i].size[k ^ swap], pairs[i].rank[k ^ swap],
				    pairs[i].name[k ^ swap]);
			symtab_finish(&t, NULL, 0);
			assert_int_equal(t.symbols.n, 1);
			assert_string_equal(name_at(&t, 71), pairs[i].name[0]);
			assert_string_equal(name_at(&t, 72), "-");
			symtab_done(&t);
		}
	}
}

static void test_unsized(void **state)
{
	static const struct symtab_range ranges[] = {{0, 150}, {1000, 2000}};
	struct symtab t = {0};

	(void)state;
	add(&t, 100, 0, SYMTAB_LOCAL, "to_next");
	add(&t, 120, 10, SYMTAB_LOCAL, "sized");
	add(&t, 125, 0, SYMTAB_LOCAL, "inside");
	add(&t, 140, 0, SYMTAB_LOCAL, "to_section_end");
	add(&t, 1990, 0, SYMTAB_LOCAL, "to_stop");
	add(&t, 1995, 0, SYMTAB_STOP, "stop");
	symtab_finish(&t, ranges, 2);
	assert_string_equal(name_at(&t, 119), "to_next");
	assert_string_equal(name_at(&t, 127), "sized");
	assert_string_equal(name_at(&t, 130), "-");
	assert_string_equal(name_at(&t, 149), "to_section_end");
	assert_string_equal(name_at(&t, 150), "-");
	assert_string_equal(name_at(&t, 1994), "to_stop");
	assert_string_equal(name_at(&t, 1995), "-");
	symtab_done(&t);
}

/* In a stripped file most of what follows an unsized symbol is not its own. */
static void test_reach(void **state)
{
	static const struct symtab_range range = {0, 9000};
	struct symtab t = {.reach = 4096};

	(void)state;
	add(&t, 100, 0, SYMTAB_GLOBAL, "to_next");
	add(&t, 4000, 0, SYMTAB_GLOBAL, "so_far");
	add(&t, 8200, 0, SYMTAB_GLOBAL, "to_section_end");
	add(&t, 20000, 5000, SYMTAB_GLOBAL, "sized");
	symtab_finish(&t, &range, 1);
	assert_string_equal(name_at(&t, 3999), "to_next");
	assert_string_equal(name_at(&t, 8095), "so_far");
	assert_string_equal(name_at(&t, 8096), "-");
	assert_string_equal(name_at(&t, 8999), "to_section_end");
	assert_string_equal(name_at(&t, 9000), "-");
	assert_string_equal(name_at(&t, 24999), "sized");
	symtab_done(&t);
}

static void test_nested(void **state)
{
	struct symtab t = {0};

	(void)state;
	add(&t, 100, 100, SYMTAB_GLOBAL, "outer");
	add(&t, 120, 40, SYMTAB_GLOBAL, "middle");
	add(&t, 130, 10, SYMTAB_GLOBAL, "inner");
	add(&t, 160, 0, SYMTAB_GLOBAL, "label_in_outer");
	add(&t, 190, 30, SYMTAB_GLOBAL, "beyond");
	symtab_finish(&t, NULL, 0);
	assert_string_equal(name_at(&t, 119), "outer");
	assert_string_equal(name_at(&t, 129), "middle");
	assert_string_equal(name_at(&t, 139), "inner");
	assert_string_equal(name_at(&t, 140), "middle");
	assert_string_equal(name_at(&t, 160), "outer");
	assert_string_equal(name_at(&t, 189), "outer");
	assert_string_equal(name_at(&t, 200), "beyond");
	assert_string_equal(name_at(&t, 219), "beyond");
	assert_string_equal(name_at(&t, 220), "-");
	symtab_done(&t);
}

static uint64_t next(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005ull + 1442695040888963407ull;
	return *seed >> 33;
}

/* Random sized symbols, overlapping in every way: against what a plain search says. */
static void test_random(void **state)
{
	uint64_t seed = 42;

	(void)state;
	for (int round = 0; round < 300; round++) {
		uint32_t owner[2200]; /* by address: index of the symbol + 1 */
		struct symtab t = {0};
		size_t cursor = 0;

		for (uint32_t i = 0; i < 60; i++) {
			char name[16];
			/* Distinct addresses: who wins among aliases is tested above. */
			uint64_t addr = (uint64_t)i * 33 + next(&seed) % 33;

			snprintf(name, sizeof(name), "%u", i);
			add(&t, addr, 1 + next(&seed) % (round % 2 ? 30 : 190), SYMTAB_GLOBAL,
			    name);
		}
		memset(owner, 0, sizeof(owner));
		for (uint32_t i = 0; i < 60; i++)
			for (uint32_t k = 0; k < t.symbols.at[i].size; k++)
				owner[t.symbols.at[i].addr + k] = i + 1;
		symtab_finish(&t, NULL, 0);
		for (uint64_t addr = 0; addr < 2200; addr += 1 + next(&seed) % 3) {
			const struct symbol *s = symtab_find(&t, addr, &cursor);

			assert_ptr_equal(s, symtab_find(&t, addr, NULL));
			/* One that ended inside a later one does not come back. */
			assert_int_equal(s ? atoi(symtab_name(&t, s)) + 1 : 0, owner[addr]);
		}
		symtab_done(&t);
	}
}

static void test_edges(void **state)
{
	struct symtab t = {0};

	(void)state;
	add(&t, UINT64_MAX - 10, 100, SYMTAB_GLOBAL, "wraps");
	add(&t, UINT64_MAX - 5, 0, SYMTAB_GLOBAL, "last");
	add(&t, 0, UINT64_MAX, SYMTAB_GLOBAL, "huge");
	symtab_finish(&t, NULL, 0);
	assert_string_equal(name_at(&t, 0), "huge");
	assert_string_equal(name_at(&t, SYMTAB_MAX_SIZE - 1), "huge");
	assert_string_equal(name_at(&t, SYMTAB_MAX_SIZE), "-");
	assert_string_equal(name_at(&t, UINT64_MAX - 8), "-");
	assert_string_equal(name_at(&t, UINT64_MAX - 5), "last");
	symtab_done(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gaps),	cmocka_unit_test(test_empty),
		cmocka_unit_test(test_aliases), cmocka_unit_test(test_unsized),
		cmocka_unit_test(test_reach),	cmocka_unit_test(test_nested),
		cmocka_unit_test(test_random),	cmocka_unit_test(test_edges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
