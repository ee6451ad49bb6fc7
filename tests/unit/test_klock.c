// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "model/profile.h"
#include "sym/klock.h"

static void test_names(void **state)
{
	static const char *const locks[] = {
		"native_queued_spin_lock_slowpath",
		"__pv_queued_spin_lock_slowpath",
		"_raw_spin_lock_irqsave",
		"__mutex_lock.constprop.0",
		"mutex_lock_interruptible",
		"rwsem_down_write_slowpath",
		"down_read_killable",
		"queued_write_lock_slowpath",
		"__percpu_down_read",
		"rt_mutex_slowlock.isra.0",
	};
	static const char *const others[] = {"vm_mmap_pgoff",  "pipe_lock", "shut_down_readers",
					     "try_to_wake_up", "",	    "futex_wait"};

	(void)state;
	for (size_t i = 0; i < sizeof(locks) / sizeof(locks[0]); i++)
		assert_true(klock_is_lock(locks[i]));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_false(klock_is_lock(others[i]));
}

/* A stack out of "leaf caller caller"; "-" is a location without a name. */
static void check_taker(const char *frames, const char *expected)
{
	struct profile *p = profile_new();
	uint32_t locations[16], n = 0;
	char text[256], *frame, *rest = text;
	const char *taker;

	strcpy(text, frames);
	while ((frame = strsep(&rest, " "))) {
		uint32_t name = profile_string(p, frame);
		struct profile_function f = {.name = name, .system_name = name};
		struct profile_line line = {.function = profile_add_function(p, &f)};

		locations[n] = profile_add_location(p, PROFILE_NONE, n + 1);
		if (strcmp(frame, "-"))
			profile_set_lines(p, locations[n], &line, 1);
		n++;
	}
	taker = klock_taker(p, profile_add_stack(p, locations, n));
	assert_string_equal(taker ? taker : "none", expected);
	profile_free(p);
}

static void test_takers(void **state)
{
	(void)state;
	check_taker("rwsem_down_write_slowpath down_write vm_mmap_pgoff do_syscall_64",
		    "vm_mmap_pgoff");
	check_taker("_raw_spin_lock try_to_wake_up", "try_to_wake_up");
	check_taker("mutex_lock", "none");
	check_taker("mutex_lock - pipe_write", "none");
	check_taker("pipe_write mutex_lock ksys_write", "none");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_takers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
