// SPDX-License-Identifier: GPL-2.0-or-later
/* What kind of lock a stack waits for: by the names of C libraries and run times, and by wakers'.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "capture/lockclass.h"
#include "hostprof/lock.h"
#include "model/profile.h"

static const struct {
	const char *function;
	uint32_t class;
} names[] = {
	{"pthread_mutex_lock", HP_LOCK_MUTEX},
	{"___pthread_mutex_lock", HP_LOCK_MUTEX},
	{"__pthread_mutex_timedlock", HP_LOCK_MUTEX},
	{"mtx_lock", HP_LOCK_MUTEX},
	{"__pthread_rwlock_wrlock_full64", HP_LOCK_RWLOCK},
	{"__pthread_cond_wait_common", HP_LOCK_CONDVAR},
	{"cnd_wait", HP_LOCK_CONDVAR},
	{"__new_sem_wait_slow64", HP_LOCK_SEMAPHORE},
	{"sem_timedwait", HP_LOCK_SEMAPHORE},
	{"pthread_barrier_wait", HP_LOCK_BARRIER},
	{"__pthread_clockjoin_ex", HP_LOCK_JOIN},
	{"thrd_join", HP_LOCK_JOIN},
	{"__lll_lock_wait_private", HP_LOCK_FUTEX},
	{"__lock", HP_LOCK_FUTEX},
	/* Rust 1.62, 1.64, and what came then; both ways to mangle. */
	{"std::sys::unix::locks::futex::Mutex::lock_contended", HP_LOCK_FUTEX},
	{"std::sys::unix::locks::futex::Condvar::wait", HP_LOCK_EVENT},
	{"std::sys::unix::locks::futex_mutex::Mutex::lock_contended", HP_LOCK_FUTEX},
	{"std::sys::unix::locks::futex_rwlock::RwLock::write_contended", HP_LOCK_FUTEX},
	{"std::sys::unix::locks::futex_condvar::Condvar::wait", HP_LOCK_EVENT},
	{"<std::sys::sync::mutex::futex::Mutex>::lock_contended", HP_LOCK_FUTEX},
	{"<std::sys::sync::rwlock::futex::RwLock>::read_contended", HP_LOCK_FUTEX},
	{"<std::sys::sync::condvar::futex::Condvar>::wait_optional_timeout", HP_LOCK_EVENT},
	{"<std::sys::sync::once::futex::Once>::wait", HP_LOCK_FUTEX},
	{"<std::sys::sync::thread_parking::futex::Parker>::park", HP_LOCK_EVENT},
	{"runtime.lock2", HP_LOCK_FUTEX},
	{"runtime.notesleep", HP_LOCK_EVENT},
	{"runtime.notetsleep_internal", HP_LOCK_EVENT},
	/* Who only has such a word in its name, or waits for nothing itself. */
	{"lock", LOCKCLASS_NONE},
	{"_lock", LOCKCLASS_NONE},
	{"___lock", LOCKCLASS_NONE},
	{"my_pthread_mutex_lock", LOCKCLASS_NONE},
	{"runtime.futexsleep", LOCKCLASS_NONE},
	{"std::sys::pal::unix::futex::futex_wait", LOCKCLASS_NONE},
	{"os::PlatformEvent::park()", LOCKCLASS_NONE},
	{"Unsafe_Park", LOCKCLASS_NONE},
	{"syscall", LOCKCLASS_NONE},
	{"", LOCKCLASS_NONE},
};

static void test_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (lockclass_of(names[i].function) != names[i].class)
			fail_msg("%s: %u, not %u", names[i].function,
				 lockclass_of(names[i].function), names[i].class);
}

static uint32_t add_frame(struct profile *p, const char *module, const char *function)
{
	struct profile_function f = {.name = profile_string(p, function)};
	struct profile_mapping m = {.file = profile_string(p, module)};
	struct profile_line line = {profile_add_function(p, &f), 0};
	uint32_t location = profile_add_location(p, profile_add_mapping(p, &m), f.name);

	profile_set_lines(p, location, &line, 1);
	return location;
}

/* Of a stack, leaf first, each frame "module function", NULL behind the last. */
static uint32_t find(const char *const (*frames)[2], bool *ret_glibc)
{
	struct profile *p = profile_new();
	uint32_t locations[64], n = 0, class;

	for (; frames[n][0]; n++)
		locations[n] = add_frame(p, frames[n][0], frames[n][1]);
	*ret_glibc = false;
	class = lockclass_find(p, profile_add_stack(p, locations, n), ret_glibc);
	profile_free(p);
	return class;
}

static void test_innermost(void **state)
{
	static const char *const condition[][2] = {
		{"[kernel.kallsyms]", "pthread_mutex_lock"}, /* no kernel's function counts */
		{"/usr/lib/libc.so.6", "__futex_abstimed_wait_common64"},
		{"/usr/lib/libc.so.6", "__pthread_cond_wait_common"},
		{"/bin/app", "pthread_mutex_lock"},
		{NULL, NULL},
	};
	static const char *const rust[][2] = {
		{"/usr/lib/libc.so.6", "syscall"},
		{"/bin/app", "<std::sys::sync::mutex::futex::Mutex>::lock_contended"},
		{NULL, NULL},
	};
	static const char *const musl[][2] = {
		{"/lib/ld-musl-x86_64.so.1", "pthread_mutex_timedlock"},
		{"/usr/lib/libc.so.6", "main"},
		{NULL, NULL},
	};
	static const char *const none[][2] = {{"/bin/app", "main"}, {NULL, NULL}};
	bool glibc;

	(void)state;
	assert_int_equal(find(condition, &glibc), HP_LOCK_CONDVAR);
	assert_true(glibc);
	assert_int_equal(find(rust, &glibc), HP_LOCK_FUTEX);
	assert_int_equal(find(musl, &glibc), HP_LOCK_MUTEX);
	assert_false(glibc); /* what is outside of the function that tells does not count */
	assert_int_equal(find(none, &glibc), LOCKCLASS_NONE);
}

/* HotSpot's monitors are made of conditions: what is outside them tells. */
static void test_monitor(void **state)
{
	static const char *const entered[][2] = {
		{"/usr/lib/libc.so.6", "__pthread_cond_wait_common"},
		{"/jvm/libjvm.so", "os::PlatformEvent::park()"},
		{"/jvm/libjvm.so", "ObjectMonitor::EnterI(JavaThread*)"},
		{NULL, NULL},
	};
	static const char *const waited[][2] = {
		{"/usr/lib/libc.so.6", "__pthread_cond_wait_common"},
		{"/jvm/libjvm.so", "os::PlatformEvent::park()"},
		{"/jvm/libjvm.so", "ObjectMonitor::wait(long, bool, JavaThread*)"},
		{NULL, NULL},
	};
	bool glibc;

	(void)state;
	assert_int_equal(find(entered, &glibc), HP_LOCK_FUTEX);
	assert_int_equal(find(waited, &glibc), HP_LOCK_CONDVAR);
}

static void test_waker(void **state)
{
	(void)state;
	assert_int_equal(lockclass_of_waker("main;put;pthread_mutex_unlock;__wake"), HP_LOCK_MUTEX);
	assert_int_equal(lockclass_of_waker("sem_post"), HP_LOCK_SEMAPHORE);
	assert_int_equal(lockclass_of_waker("start;pthread_exit;a;b;c"), HP_LOCK_JOIN);
	/* Farther out is another lock's. */
	assert_int_equal(lockclass_of_waker("pthread_mutex_lock;a;b;c;d"), LOCKCLASS_NONE);
	assert_int_equal(lockclass_of_waker("pthread_cond_signal;sem_post"), HP_LOCK_SEMAPHORE);
	assert_int_equal(lockclass_of_waker(";;;"), LOCKCLASS_NONE);
	assert_int_equal(lockclass_of_waker(""), LOCKCLASS_NONE);
}

static void test_words(void **state)
{
	(void)state;
	assert_string_equal(lockclass_name(HP_LOCK_RWLOCK), "rwlock");
	assert_string_equal(lockclass_name(HP_LOCK_CLASSES), "event"); /* from the wire */
	assert_true(lockclass_held(HP_LOCK_FUTEX));
	assert_false(lockclass_held(HP_LOCK_CONDVAR));
	assert_false(lockclass_held(LOCKCLASS_NONE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),	cmocka_unit_test(test_innermost),
		cmocka_unit_test(test_monitor), cmocka_unit_test(test_waker),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
