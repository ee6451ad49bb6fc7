// SPDX-License-Identifier: GPL-2.0-or-later
/* What is said of the files and processes that were, or were not, probed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "capture/probed_kind.h"
#include "hostprof/event.h"

static void expect(const struct probed_counts *counts, const char *expected)
{
	struct buf text = {0};

	probed_kind_describe(probed_kind_of(HP_KIND_HEAP), counts, &text);
	assert_string_equal(buf_str(&text), expected);
	buf_done(&text);
}

static void test_probed(void **state)
{
	(void)state;
	expect(&(struct probed_counts){.files = 1, .processes = 1},
	       "allocators probed: 1, in 1 process");
	expect(&(struct probed_counts){.files = 2, .processes = 3, .two_traps = 1},
	       "allocators probed: 2, in 3 processes; 1 function costs two traps a call");
}

static void test_none_probed(void **state)
{
	(void)state;
	expect(&(struct probed_counts){0}, "allocators probed: 0, in 0 processes; malloc was found "
					   "nowhere: kernel threads have "
					   "none, and static programs without symbols hide it");
	/* Found, or known to be Go's: then it is not hidden. */
	expect(&(struct probed_counts){.files = 1}, "allocators probed: 1, in 0 processes");
	expect(&(struct probed_counts){.go = 1},
	       "allocators probed: 0, in 0 processes; 1 Go program left alone");
	expect(&(struct probed_counts){.files = 1, .go = 2},
	       "allocators probed: 1, in 0 processes; 2 Go programs left alone");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_probed),
		cmocka_unit_test(test_none_probed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
