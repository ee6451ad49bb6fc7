/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_TESTS_UNIT_MADE_H
#define HOSTPROF_TESTS_UNIT_MADE_H
/*
 * Binaries made for a test by the compiler and binutils of this machine, in a folder of their own,
 * and the test's own.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/mem.h"

static char made_dir[64];

static inline void made_begin(void)
{
	strcpy(made_dir, "/tmp/hostprof-made-XXXXXX");
	assert_non_null(mkdtemp(made_dir));
	assert_int_equal(chmod(made_dir, 0755), 0);
}

/* Runs a shell command in the folder; false when it fails. */
__attribute__((format(printf, 1, 2))) static inline bool made_try(const char *fmt, ...)
{
	char command[2048];
	va_list ap;
	int n = snprintf(command, sizeof(command), "exec 2>/dev/null; cd %s && ", made_dir);

	va_start(ap, fmt);
	vsnprintf(command + n, sizeof(command) - (size_t)n, fmt, ap);
	va_end(ap);
	return !system(command);
}

#define made(...)                                                                                  \
	do {                                                                                       \
		if (!made_try(__VA_ARGS__))                                                        \
			fail_msg("cannot run: " __VA_ARGS__);                                      \
	} while (0)

static inline void made_end(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", made_dir);
	assert_int_equal(system(command), 0);
}

/* For cmocka: made_end() behind a test or a group of them. */
static inline int made_teardown(void **state)
{
	(void)state;
	made_end();
	return 0;
}

static inline void made_text(const char *name, const char *text)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", made_dir, name);
	f = fopen(path, "we");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static inline int made_open(const char *name)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", made_dir, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

/* The bytes of this program, a real linker's output; the caller frees them. */
static inline char *made_self(size_t *ret_size)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *bytes;

	assert_int_equal(fstat(fd, &st), 0);
	bytes = mem_alloc((size_t)st.st_size);
	assert_int_equal(read(fd, bytes, (size_t)st.st_size), st.st_size);
	close(fd);
	*ret_size = (size_t)st.st_size;
	return bytes;
}

#endif
