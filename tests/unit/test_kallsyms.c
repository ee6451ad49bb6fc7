// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sym/kallsyms.h"

static int load(struct kallsyms *k, const char *text)
{
	char path[] = "/tmp/hostprof-kallsyms-XXXXXX";
	int fd = mkstemp(path), err;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	err = kallsyms_init(k, path, true);
	unlink(path);
	return err;
}

/* Are they what the kernel lists, or the few marks that kernels without a full list have? */
static void test_objects(void **state)
{
	struct buf text = {0}, name = {0};
	struct kallsyms k;

	(void)state;
	buf_printf(&text, "ffffffff81000000 T _stext\nffffffff81000500 T _etext\n"
			  "0000000000030f00 D runqueues\nffffffff82000000 D __start_rodata\n"
			  "ffffffffc0002000 b table_lock\t[nf_tables]\n");
	assert_int_equal(load(&k, text.data), 0);
	assert_false(kallsyms_object(&k, 0xffffffff82000000, &name));
	kallsyms_done(&k);
	for (int i = 0; i < 2000; i++)
		buf_printf(&text, "%llx d lock_%d\n", 0xffffffff83000000ull + 64 * (unsigned)i, i);
	assert_int_equal(load(&k, text.data), 0);
	assert_true(kallsyms_object(&k, 0xffffffff83000000, &name));
	buf_putc(&name, ' ');
	assert_true(kallsyms_object(&k, 0xffffffff83000048, &name));
	buf_putc(&name, ' ');
	assert_true(kallsyms_object(&k, 0xffffffffc0002004, &name));
	assert_string_equal(name.data, "lock_0 lock_1+0x8 table_lock+0x4 [nf_tables]");
	assert_false(kallsyms_object(&k, 0x30f00, &name));
	assert_false(kallsyms_object(&k, 0xffff888103030f00, &name));
	kallsyms_done(&k);
	assert_int_equal(load(&k, "ffffffff81000000 T startup\n"), 0);
	assert_false(kallsyms_object(&k, 0xffffffff81000000, &name));
	kallsyms_done(&k);
	buf_done(&text);
	buf_done(&name);
}

static const char *name_at(const struct kallsyms *k, uint64_t addr)
{
	const struct symbol *s = symtab_find(&k->symbols, addr, NULL);

	return s ? symtab_name(&k->symbols, s) : "-";
}

static void test_fixture(void **state)
{
	static const char text[] = "0000000000000000 A fixed_percpu_data\n"
				   "ffffffff81000000 T _stext\n"
				   "ffffffff81000000 T startup\n"
				   "ffffffff81000100 t local\n"
				   "ffffffff81000200 W weak\n"
				   "ffffffff81000200 t better_known_as_weak\n"
				   "ffffffff81000300 D some_data\n"
				   "ffffffff81000400 T last_one\n"
				   "ffffffff81000500 T _etext\n"
				   "ffffffffc0001000 t mod_fn\t[nf_tables]\n"
				   "ffffffffc0000000 t bpf_prog_6deef7357e7b4530_hp\t[bpf]\n"
				   "not a line\n"
				   "\n"
				   "ffffffff81000450 T";
	struct kallsyms k;

	(void)state;
	assert_int_equal(load(&k, text), 0);
	assert_int_equal(k.start, 0xffffffff81000000);
	assert_string_equal(name_at(&k, 0xffffffff80ffffff), "-");
	assert_string_equal(name_at(&k, 0xffffffff81000000), "startup");
	assert_string_equal(name_at(&k, 0xffffffff810000ff), "startup");
	assert_string_equal(name_at(&k, 0xffffffff81000100), "local");
	assert_string_equal(name_at(&k, 0xffffffff81000210), "weak");
	assert_string_equal(name_at(&k, 0xffffffff81000350), "weak");
	assert_string_equal(name_at(&k, 0xffffffff810004ff), "last_one");
	assert_string_equal(name_at(&k, 0xffffffff81000500), "-");
	assert_string_equal(name_at(&k, 0xffffffffbfffffff), "-");
	assert_string_equal(name_at(&k, 0xffffffffc0000fff), "bpf_prog_6deef7357e7b4530_hp [bpf]");
	assert_string_equal(name_at(&k, 0xffffffffc0001000), "mod_fn [nf_tables]");
	assert_string_equal(name_at(&k, 0xffffffffc0001000 + (1 << 20)), "-");
	assert_int_equal(k.end, 0xffffffffc0001000 + (1 << 20));
	kallsyms_done(&k);
}

static void test_refused(void **state)
{
	struct kallsyms k;
	char line[8192];

	(void)state;
	assert_int_equal(load(&k, "0000000000000000 T _stext\n0000000000000000 t a\n"), -EPERM);
	assert_int_equal(load(&k, ""), -ENODATA);
	assert_int_equal(load(&k, "ffffffff81000300 D some_data\n"), -ENODATA);
	assert_int_equal(kallsyms_init(&k, "/nonexistent/kallsyms", false), -ENOENT);
	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	assert_int_equal(load(&k, line), -EPROTO);
}

/* Lines that fall on the edge of what is read at once. */
static void test_many(void **state)
{
	enum { N = 20000 };
	char *text = malloc(N * 64), *at = text;
	struct kallsyms k;

	(void)state;
	for (unsigned int i = 0; i < N; i++)
		at += sprintf(at, "ffffffff%08x t function_number_%u\n", 0x81000000 + i * 16, i);
	assert_int_equal(load(&k, text), 0);
	assert_int_equal(k.symbols.symbols.n, N);
	for (unsigned int i = 0; i < N; i++) {
		char name[64];

		snprintf(name, sizeof(name), "function_number_%u", i);
		assert_string_equal(name_at(&k, 0xffffffff81000000 + i * 16 + 15), name);
	}
	kallsyms_done(&k);
	free(text);
}

static void test_this_kernel(void **state)
{
	struct kallsyms k;
	int err = kallsyms_init(&k, "/proc/kallsyms", true);

	(void)state;
	if (err == -EPERM || err == -ENOENT)
		skip();
	assert_int_equal(err, 0);
	assert_true(k.symbols.symbols.n > 1000);
	for (size_t i = 1; i < k.symbols.symbols.n; i++)
		assert_true(k.symbols.symbols.at[i - 1].addr < k.symbols.symbols.at[i].addr);
	kallsyms_done(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fixture),	    cmocka_unit_test(test_objects),
		cmocka_unit_test(test_refused),	    cmocka_unit_test(test_many),
		cmocka_unit_test(test_this_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
