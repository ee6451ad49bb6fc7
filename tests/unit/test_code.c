// SPDX-License-Identifier: GPL-2.0-or-later
/* Instructions of binaries, the functions of stripped ones, and the text of source files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <elf.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "elf/buildid.h"
#include "elf/disasm.h"
#include "elf/fde_table.h"
#include "elf/file.h"
#include "elf/symbols.h"
#include "made.h"
#include "sym/code.h"
#include "sym/source_text.h"

static int setup(void **state)
{
	(void)state;
	made_begin();
	made_text("a.c",
		  "#include <stdlib.h>\n"
		  "__attribute__((noinline)) static int inner(char *x) { return x[1] + 3; }\n"
		  "int main(int n, char **v)\n"
		  "{\n"
		  "	char *x = malloc((size_t)n);\n"
		  "	return inner(x ? x : v[0]);\n"
		  "}\n");
	made("cc -O1 -g -Wl,--build-id -o full a.c && strip -o bare full && "
	     "cc -O1 -Wl,--build-id=none -o no-id a.c");
	return 0;
}

static struct code *open_code(const char *name, const char *build_id, struct buf *why)
{
	struct code *code = NULL;
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", made_dir, name);
	if (code_open(path, build_id, &code, why))
		assert_null(code);
	return code;
}

/* The build id and a function's symbol, out of the program that has both. */
static struct symbol look_up(const char *name, struct buildid *ret_id)
{
	struct symbol found = {0}, *symbol;
	struct symtab t = {0};
	struct elf_file f;
	int fd = made_open("full");

	assert_int_equal(elf_file_init(&f, fd), 0);
	assert_int_equal(buildid_read(&f, ret_id), 0);
	assert_int_equal(symbols_read(&f, &t), 0);
	vec_each(symbol, &t.symbols)
		if (!strcmp(symtab_name(&t, symbol), name))
			found = *symbol;
	assert_int_not_equal(found.addr, 0);
	symtab_done(&t);
	elf_file_done(&f);
	close(fd);
	return found;
}

static bool has_target(const struct code_text *t, const char *name)
{
	const struct code_row *row;

	vec_each(row, &t->rows)
		if (!strcmp(intern_str(&t->texts, row->target), name))
			return true;
	return false;
}

/* main of the program with everything: calls have names, instructions lines. */
static void test_instructions(void **state)
{
	struct buildid id;
	struct symbol symbol = look_up("main", &id);
	struct buf why = {0}, name = {0};
	struct code *code = open_code("full", id.text, &why);
	struct code_range range;
	struct code_text text;
	uint64_t at;

	(void)state;
	assert_non_null(code);
	assert_int_equal(code_range_find(code, symbol.addr + 5, &range), 0);
	assert_int_equal(range.start, symbol.addr);
	assert_int_equal(range.end, symbol.addr + symbol.size);
	assert_true(range.named);
	code_range_name(code, &range, &name);
	assert_string_equal(buf_str(&name), "main");
	assert_int_equal(code_read(code, &range, &text), 0);
	assert_int_equal(text.err, 0);
	at = range.start;
	for (size_t i = 0; i < text.rows.n; i++) {
		assert_int_equal(text.rows.at[i].address, at);
		at += text.rows.at[i].size;
		assert_true(text.rows.at[i].line >= 3 && text.rows.at[i].line <= 7);
	}
	assert_int_equal(at, range.end);
	assert_true(has_target(&text, "malloc@plt"));
	assert_true(has_target(&text, "inner"));
	assert_non_null(strstr(intern_str(&text.texts, text.rows.at[0].file), "a.c"));
	code_text_done(&text);
	assert_int_equal(code_range_find(code, 1, &range), -ENOENT);
	code_free(code);
	buf_done(&why);
	buf_done(&name);
}

/* Without symbols the tables for exceptions tell where it begins and ends. */
static void test_stripped(void **state)
{
	struct buildid id;
	struct symbol symbol = look_up("inner", &id);
	struct buf why = {0};
	struct code *code = open_code("bare", id.text, &why);
	struct code_range range;
	struct code_text text;

	(void)state;
	assert_non_null(code);
	assert_int_equal(code_range_find(code, symbol.addr + 1, &range), 0);
	assert_int_equal(range.start, symbol.addr);
	assert_int_equal(range.end, symbol.addr + symbol.size);
	assert_false(range.named);
	assert_int_equal(code_read(code, &range, &text), 0);
	assert_true(text.rows.n > 1);
	assert_int_equal(text.rows.at[0].line, 0);
	code_text_done(&text);
	code_free(code);
	buf_done(&why);
}

static void refused(const char *name, const char *build_id, const char *reason)
{
	struct buf why = {0};

	assert_null(open_code(name, build_id, &why));
	if (!strstr(buf_str(&why), reason))
		fail_msg("%s: %s, not %s", name, buf_str(&why), reason);
	buf_done(&why);
}

/* No other file than that of the recording. */
static void test_refused(void **state)
{
	struct code *code = NULL;
	struct buf why = {0};
	struct buildid id;

	(void)state;
	look_up("main", &id);
	refused("full", "0123", "another file");
	refused("full", "", "no build id");
	refused("no-id", id.text, "another file");
	refused("gone", id.text, "No such file");
	refused("a.c", id.text, "no ELF file");
	made("mkfifo pipe && ln -s /dev/zero zero");
	refused("pipe", id.text, "not a regular file");
	refused("zero", id.text, "not a regular file");
	assert_int_equal(code_open("[jit]", "", &code, &why), -ENOENT);
	assert_int_equal(code_open("", "", &code, &why), -ENOENT);
	buf_done(&why);
}

/* Any bytes have rows that cover them without a gap, as far as they are valid or not. */
static void test_any_bytes(void **state)
{
	static const uint16_t machines[] = {EM_X86_64, EM_386, EM_AARCH64, EM_ARM};
	unsigned char bytes[4096];
	struct disasm d;
	uint32_t x = 1;

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++, x = x * 1664525u + 1013904223u)
		bytes[i] = (unsigned char)(x >> 24);
	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++) {
		uint64_t at = 0x1000;

		assert_int_equal(disasm_read(machines[i], bytes, sizeof(bytes), at, &d), 0);
		for (size_t j = 0; j < d.rows.n; at += d.rows.at[j++].size)
			assert_int_equal(d.rows.at[j].address, at);
		assert_int_equal(at, 0x1000 + sizeof(bytes));
		disasm_done(&d);
	}
	assert_int_equal(disasm_read(EM_S390, bytes, 4, 0, &d), -EOPNOTSUPP);
	assert_int_equal(d.rows.n, 0);
	disasm_done(&d);
	assert_int_equal(disasm_read(EM_X86_64, bytes, DISASM_MAX_BYTES + 1, 0, &d), -EFBIG);
	disasm_done(&d);
	assert_int_equal(disasm_read(EM_X86_64, "\xe8\x10\0\0\0", 5, 0x1000, &d), 0);
	assert_int_equal(d.rows.at[0].target, 0x1015);
	disasm_done(&d);
	assert_int_equal(disasm_read(EM_AARCH64, "\x04\0\0\x94", 4, 0x1000, &d), 0);
	assert_int_equal(d.rows.at[0].target, 0x1010);
	disasm_done(&d);
}

static void expect_line(const struct source_text *t, size_t number, const char *want)
{
	struct buf line = {0};

	source_text_line(t, number, &line);
	assert_string_equal(buf_str(&line), want);
	buf_done(&line);
}

static void test_source(void **state)
{
	struct source_text t;
	char path[160], folder[160];

	(void)state;
	made("printf 'one\\r\\n\\ntwo\\0nul\\nlast' >lines && mkdir -p tree/src && cp lines "
	     "tree/src/x.c "
	     "&& : >empty && truncate -s 17M huge && ln -s /etc/hostname tree/src/out.c");
	snprintf(path, sizeof(path), "%s/lines", made_dir);
	assert_int_equal(source_text_read(NULL, path, &t), 0);
	assert_int_equal(t.starts.n, 4);
	assert_true(t.time_ns > 0);
	expect_line(&t, 1, "one");
	expect_line(&t, 2, "");
	expect_line(&t, 3, "two\xef\xbf\xbdnul");
	expect_line(&t, 4, "last");
	expect_line(&t, 5, "");
	expect_line(&t, 0, "");
	source_text_done(&t);
	snprintf(folder, sizeof(folder), "%s/tree", made_dir);
	assert_int_equal(source_text_read(folder, "/build/app/src/x.c", &t), 0);
	assert_int_equal(t.starts.n, 4);
	source_text_done(&t);
	/* A link in the folder does not lead out of it. */
	assert_int_equal(source_text_read(folder, "src/out.c", &t), -ENOENT);
	assert_int_equal(source_text_read(folder, "", &t), -ENOENT);
	snprintf(path, sizeof(path), "%s/empty", made_dir);
	assert_int_equal(source_text_read(NULL, path, &t), 0);
	assert_int_equal(t.starts.n, 0);
	source_text_done(&t);
	snprintf(path, sizeof(path), "%s/huge", made_dir);
	assert_int_equal(source_text_read(NULL, path, &t), -EFBIG);
	assert_int_equal(source_text_read(NULL, "/proc/kmsg", &t), -ENOTSUP);
	assert_int_equal(source_text_read(NULL, "/sys/kernel/notes", &t), -ENOTSUP);
	assert_int_equal(source_text_read(NULL, "/dev/zero", &t), -EINVAL);
	assert_int_equal(source_text_read(NULL, made_dir, &t), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_instructions), cmocka_unit_test(test_stripped),
		cmocka_unit_test(test_refused),	     cmocka_unit_test(test_any_bytes),
		cmocka_unit_test(test_source),
	};

	return cmocka_run_group_tests(tests, setup, made_teardown);
}
