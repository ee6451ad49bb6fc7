// SPDX-License-Identifier: GPL-2.0-or-later
/* The files of both versions of cgroups that hold a limit of memory. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "proc/memlimit.h"
#include "util/cgroupfs.h"
#include "util/mem.h"

static void test_parse(void **state)
{
	(void)state;
	assert_int_equal(memlimit_parse("536870912\n"), 536870912);
	assert_int_equal(memlimit_parse("max\n"), 0);
	assert_int_equal(memlimit_parse("9223372036854771712\n"), 0);
	assert_int_equal(memlimit_parse("99999999999999999999999\n"), 0);
	assert_int_equal(memlimit_parse(""), 0);
}

static void put(const char *dir, const char *file, const char *text)
{
	char *path = mem_printf("%s/%s", dir, file);
	FILE *to = fopen(path, "w");

	assert_non_null(to);
	fputs(text, to);
	fclose(to);
	free(path);
}

/* A tree in a folder: a limit above counts where it is the lower one. */
static void test_tree(void **state)
{
	char top[] = "/tmp/hp-memlimit-XXXXXX", *pod, *own;
	struct cgroup_trees trees = {0};
	struct cgroup_tree tree = {.point = mkdtemp(top)};
	struct memlimit m = {0};

	(void)state;
	assert_non_null(tree.point);
	vec_push(&trees.list, tree);
	pod = mem_printf("%s/pod", top);
	own = mem_printf("%s/pod/own", top);
	mkdir(pod, 0755);
	mkdir(own, 0755);
	assert_int_equal(memlimit_read(&trees, "/pod/own", &m), -ENOENT);
	put(own, "memory.current", "4096\n");
	assert_int_equal(memlimit_read(&trees, "/pod/own", &m), 0);
	assert_int_equal(m.used, 4096);
	assert_int_equal(m.limit, 0);
	put(own, "memory.max", "max\n");
	put(pod, "memory.max", "8192\n");
	assert_int_equal(memlimit_read(&trees, "/pod/own", &m), 0);
	assert_int_equal(m.limit, 8192);
	put(own, "memory.max", "6000\n");
	assert_int_equal(memlimit_read(&trees, "/pod/own", &m), 0);
	assert_int_equal(m.limit, 6000);
	put(own, "memory.max", "10000\n");
	assert_int_equal(memlimit_read(&trees, "/pod/own", &m), 0);
	assert_int_equal(m.limit, 8192);
	/* Longer than any number: not read on, and nothing is changed. */
	put(own, "memory.current",
	    "1111111111111111111111111111111111111111111111111111111111111111"
	    "1111111111111111");
	assert_int_equal(memlimit_read(&trees, "/pod/own", &m), -EFBIG);
	assert_int_equal(m.used, 4096);
	for (int i = 0; i < 3; i++) {
		static const char *const files[] = {"/memory.current", "/memory.max", ""};
		char *path = mem_printf("%s%s", own, files[i]);

		remove(path);
		free(path);
	}
	put(pod, "memory.max", "");
	free(own);
	own = mem_printf("%s/memory.max", pod);
	remove(own);
	remove(pod);
	remove(top);
	free(own);
	free(pod);
	vec_done(&trees.list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_tree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
