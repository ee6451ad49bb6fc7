// SPDX-License-Identifier: GPL-2.0-or-later
/* The functions of a C library that take locks: in this system's glibc and musl, and where there
 * are none. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "hook/libpthread.h"
#include "hostprof/lock.h"

#define GLIBC "/lib/x86_64-linux-gnu/libc.so.6"
#define MUSL  "/lib/ld-musl-x86_64.so.1"
#define RDI   7
#define RSI   6

static int find(const char *path, struct hook_sites *found)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err;

	if (fd < 0)
		return fd;
	err = libpthread_find(fd, found);
	close(fd);
	return err;
}

static const struct hook_site *site_of(const struct hook_sites *found, const char *name)
{
	const struct hook_site *site;

	vec_each(site, &found->list)
		if (!strcmp(site->name, name))
			return site;
	return NULL;
}

static void glibc(void **state)
{
	struct hook_sites found = {0};
	const struct hook_site *s;

	(void)state;
	if (access(GLIBC, R_OK))
		skip();
	assert_int_equal(find(GLIBC, &found), 0);
	assert_false(found.is_go);
	s = site_of(&found, "pthread_mutex_lock");
	assert_non_null(s);
	assert_true(s->one_trap);
	assert_int_equal(s->lock.lock, RDI);
	assert_int_equal(s->lock.op, HP_USELOCK_LOCK);
	assert_int_equal(s->lock.class, HP_LOCK_MUTEX);
	assert_int_equal(s->lock.busy, 0xffffffff);
	s = site_of(&found, "pthread_mutex_unlock");
	assert_non_null(s);
	assert_true(s->one_trap);
	assert_int_equal(s->lock.op, HP_USELOCK_UNLOCK);
	assert_int_equal(s->lock.flags, HP_USELOCK_KIND);
	assert_int_equal(s->lock.kind_at, 16);
	s = site_of(&found, "pthread_cond_wait");
	assert_non_null(s);
	assert_int_equal(s->lock.lock, RSI);
	assert_int_equal(s->lock.op, HP_USELOCK_WAIT);
	s = site_of(&found, "pthread_rwlock_rdlock");
	assert_non_null(s);
	assert_int_equal(s->lock.flags, HP_USELOCK_SHARED);
	assert_non_null(site_of(&found, "pthread_spin_lock"));
	hook_sites_done(&found);
}

/* Its functions enter each other, and what only passes on is not probed. */
static void musl(void **state)
{
	struct hook_sites found = {0};
	const struct hook_site *lock, *timed, *try;

	(void)state;
	if (access(MUSL, R_OK))
		skip();
	assert_int_equal(find(MUSL, &found), 0);
	lock = site_of(&found, "pthread_mutex_lock");
	timed = site_of(&found, "pthread_mutex_timedlock");
	try = site_of(&found, "pthread_mutex_trylock");
	assert_non_null(lock);
	assert_non_null(timed);
	assert_non_null(try);
	assert_true(lock->lock.busy == 0xffffffffull << 32);
	assert_int_equal(timed->lock.jumped_from, 1u << lock->lock.function);
	assert_true(try->lock.outer_start <= timed->lock.address);
	assert_true(try->lock.outer_end > timed->lock.address);
	assert_null(site_of(&found, "pthread_cond_wait"));
	assert_null(site_of(&found, "pthread_rwlock_rdlock"));
	assert_non_null(site_of(&found, "pthread_rwlock_timedrdlock"));
	hook_sites_done(&found);
}

static void nowhere(void **state)
{
	struct hook_sites found = {0};

	(void)state;
	assert_int_equal(find("/bin/true", &found), 0);
	assert_int_equal(found.list.n, 0);
	assert_string_equal(found.interpreter, "/lib64/ld-linux-x86-64.so.2");
	hook_sites_done(&found);
	memset(&found, 0, sizeof(found));
	assert_int_equal(find("/etc/passwd", &found), 0);
	assert_int_equal(found.list.n, 0);
	hook_sites_done(&found);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(glibc),
		cmocka_unit_test(musl),
		cmocka_unit_test(nowhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
