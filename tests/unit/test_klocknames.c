// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "capture/klocknames.h"
#include "capture/lockbook.h"
#include "capture/sink.h"
#include "model/profile.h"
#include "sym/binaries.h"
#include "sym/symbolize.h"

static uint32_t location(struct profile *p, const char *function)
{
	uint32_t name = profile_string(p, function);
	struct profile_function f = {.name = name, .system_name = name};
	struct profile_line line = {.function = profile_add_function(p, &f)};
	uint32_t at = profile_new_location(p, PROFILE_NONE, 0);

	profile_set_lines(p, at, &line, 1);
	return at;
}

/* `ns` of waiting in `leaf`, which `caller` called, for the lock of that number. */
static void wait_for(struct profile *p, int64_t lock, const char *leaf, const char *caller,
		     int64_t ns)
{
	uint32_t frames[] = {location(p, leaf), location(p, caller)};
	struct profile_label label = {.key = profile_string(p, SINK_LABEL_LOCK), .num = lock};
	int64_t values[PROFILE_MAX_VALUES] = {1, ns};

	profile_add_sample(p, profile_add_stack(p, frames, 2), profile_add_labels(p, &label, 1),
			   values);
}

static void add_lock(struct lockbook *book, uint32_t class, uint64_t address)
{
	struct lockbook_lock lock = {.key = {.class = class, .address = address, .tgid = 7}};

	vec_push(&book->list, lock);
}

static void test_longest(void **state)
{
	struct binaries *binaries = binaries_new();
	struct symbolizer *symbolizer = symbolizer_new(binaries, NULL);
	struct lockbook *book = lockbook_new();
	struct profile *p = profile_new();

	(void)state;
	profile_add_type(p, "contentions", "count");
	profile_add_type(p, "delay", "nanoseconds");
	add_lock(book, HP_LOCK_KERNEL, 0xffff888100000000);
	add_lock(book, HP_LOCK_MUTEX, 0x1000);
	add_lock(book, HP_LOCK_KERNEL, 0xffff888100000040);
	add_lock(book, HP_LOCK_KERNEL, 0xffff888100000080);
	/* In two samples together longer than the longest one. */
	wait_for(p, 0, "rwsem_down_write_slowpath", "vm_mmap_pgoff", 60);
	wait_for(p, 0, "rwsem_down_read_slowpath", "do_user_addr_fault", 50);
	wait_for(p, 0, "down_read", "do_user_addr_fault", 20);
	wait_for(p, 1, "__lll_lock_wait", "pthread_mutex_lock", 1000);
	wait_for(p, 2, "_raw_spin_lock", "alloc_fd", 1);
	wait_for(p, 2, "mystery", "caller", 100);
	wait_for(p, 99, "_raw_spin_lock", "nobody", 1);
	klocknames_find(book, p, symbolizer);
	assert_string_equal(book->list.at[0].name, "taken in do_user_addr_fault");
	assert_null(book->list.at[1].name);
	assert_string_equal(book->list.at[2].name, "taken in alloc_fd");
	assert_null(book->list.at[3].name);
	profile_free(p);
	lockbook_free(book);
	symbolizer_free(symbolizer);
	binaries_free(binaries);
}

static void test_nothing(void **state)
{
	struct binaries *binaries = binaries_new();
	struct symbolizer *symbolizer = symbolizer_new(binaries, NULL);
	struct lockbook *book = lockbook_new();
	struct profile *p = profile_new();

	(void)state;
	klocknames_find(book, p, symbolizer);
	assert_int_equal(book->list.n, 0);
	profile_free(p);
	lockbook_free(book);
	symbolizer_free(symbolizer);
	binaries_free(binaries);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_longest),
		cmocka_unit_test(test_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
