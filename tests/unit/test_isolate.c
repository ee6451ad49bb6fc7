// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/clock.h"
#include "util/isolate.h"

static const struct isolate_limits limits = {64u << 20, 4096, 2 * NSEC_PER_SEC, false};

static int answers(void *arg, int out)
{
	return write(out, arg, 5) != 5;
}

static int crashes(void *arg, int out)
{
	answers(arg, out);
	raise(SIGKILL);
	return 0;
}

static int fails(void *arg, int out)
{
	answers(arg, out);
	return -EBADMSG;
}

static int hangs(void *arg, int out)
{
	answers(arg, out);
	sleep(60);
	return 0;
}

/* Touched, so that it would be there. */
static int eats_memory(void *arg, int out)
{
	answers(arg, out);
	for (int i = 0; i < 256; i++) {
		char *p = mmap(NULL, 1u << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			       -1, 0);

		if (p == MAP_FAILED)
			return 1;
		memset(p, 1, 1u << 20);
	}
	return 0;
}

static int writes_much(void *arg, int out)
{
	char block[512];

	(void)arg;
	memset(block, 'x', sizeof(block));
	for (int i = 0; i < 1000; i++)
		if (write(out, block, sizeof(block)) != sizeof(block))
			return 1;
	return 0;
}

static int opens(void *arg, int out)
{
	(void)arg;
	(void)out;
	return open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0 || errno != EMFILE;
}

static int run(int (*fn)(void *arg, int out), size_t *ret_n)
{
	struct buf output = {0};
	int err = isolate_run(&limits, fn, (char[]){"hello"}, &output);

	*ret_n = output.len;
	if (output.len == 5)
		assert_string_equal(output.data, "hello");
	buf_done(&output);
	/* No child is left. */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	return err;
}

static void test_isolate(void **state)
{
	uint64_t began;
	size_t n;

	(void)state;
	assert_int_equal(run(answers, &n), 0);
	assert_int_equal(n, 5);
	assert_int_equal(run(crashes, &n), -ECANCELED);
	assert_int_equal(n, 5);
	assert_int_equal(run(fails, &n), -ECANCELED);
	assert_int_equal(n, 5);
	assert_int_equal(run(eats_memory, &n), -ECANCELED);
	assert_int_equal(n, 5);
	assert_int_equal(run(writes_much, &n), -ECANCELED);
	assert_int_equal(n, 4096);
	assert_int_equal(run(opens, &n), 0);
	began = clock_mono_ns();
	assert_int_equal(run(hangs, &n), -ETIME);
	assert_int_equal(n, 5);
	assert_true(clock_mono_ns() - began >= limits.time_ns - NSEC_PER_SEC / 100);
	assert_true(clock_mono_ns() - began < 5 * limits.time_ns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_isolate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
