// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "elf/buildid.h"
#include "elf/debuglink.h"
#include "elf/section.h"
#include "elf/symbols.h"
#include "made.h"
#include "sym/binaries.h"
#include "sym/debugfile.h"
#include "sym/sources.h"

static int setup(void **state)
{
	(void)state;
	made_begin();
	made_text("a.c",
		  "#include <stdlib.h>\n"
		  "#include <string.h>\n"
		  "static __attribute__((noinline)) int hidden(char *x) { return x[1] + 3; }\n"
		  "int main(int n, char **v)\n"
		  "{ char *x = malloc((size_t)n + strlen(v[0])); return hidden(x); }\n");
	return 0;
}

/* A binary of the folder, with what is known of it. */
struct opened {
	struct binary binary;
	struct elf_file f;
	struct buildid id;
	struct sources sources;
};

static void open_binary(struct opened *o, const char *name, pid_t tgid)
{
	*o = (struct opened){.binary = {.fd = made_open(name), .tgid = tgid}};
	o->binary.path = mem_printf("%s/%s", made_dir, name);
	assert_int_equal(elf_file_init(&o->f, o->binary.fd), 0);
	buildid_read(&o->f, &o->id);
	sources_init(&o->sources, &o->binary, &o->f, &o->id);
}

static void close_binary(struct opened *o)
{
	sources_done(&o->sources);
	elf_file_done(&o->f);
	close(o->binary.fd);
	free(o->binary.path);
}

static bool has_symbol(const struct sources *s, const char *name)
{
	const struct symbol *symbol;
	struct symtab t = {0};
	bool found = false;

	assert_int_equal(sources_symbols(s, NULL, &t), 0);
	vec_each(symbol, &t.symbols)
		found = found || !strcmp(symtab_name(&t, symbol), name);
	symtab_done(&t);
	return found;
}

/* Whether the static function of this binary has its name, and whether there is DWARF. */
static void expect(const char *name, bool named, bool dwarf)
{
	struct opened o;

	open_binary(&o, name, 0);
	if (has_symbol(&o.sources, "hidden") != named)
		fail_msg("%s: its function has %s name", name, named ? "no" : "a");
	if ((o.sources.dwarf_fd >= 0) != dwarf)
		fail_msg("%s: there is %s DWARF", name, dwarf ? "no" : "some");
	close_binary(&o);
}

static void test_own(void **state)
{
	(void)state;
	made("cc -O1 -g -o own a.c && cc -O1 -o plain a.c && strip -o bare own");
	expect("own", true, true);
	expect("plain", true, false);
	expect("bare", false, false);
}

static void test_debuglink(void **state)
{
	struct debuglink link;
	struct opened o;
	uint32_t crc;
	int fd;

	(void)state;
	/* Without a build id, by the checksum. */
	made("cc -O1 -g -Wl,--build-id=none -o full a.c && objcopy --only-keep-debug full l.debug "
	     "&&"
	     "strip -o linked full && objcopy --add-gnu-debuglink=l.debug linked");
	expect("linked", true, true);
	open_binary(&o, "linked", 0);
	assert_int_equal(debuglink_read(&o.f, &link), 0);
	assert_string_equal(link.name, "l.debug");
	fd = made_open("l.debug");
	assert_int_equal(debuglink_crc(fd, &crc), 0);
	assert_int_equal(crc, link.crc);
	close(fd);
	close_binary(&o);
	made("mkdir .debug && mv l.debug .debug/");
	expect("linked", true, true);
	/* Another file of that name, and no file, and a link that leads back to the binary. */
	made("printf x >>.debug/l.debug");
	expect("linked", false, false);
	made("rm -r .debug");
	expect("linked", false, false);
	made("ln -s linked l.debug");
	expect("linked", false, false);
	made("rm l.debug && mkfifo l.debug");
	expect("linked", false, false);
	made("rm l.debug");
	/* With a build id, by that, whatever the checksum. */
	made("cc -O1 -g -o full a.c && objcopy --only-keep-debug full i.debug && "
	     "strip -o with-id full && objcopy --add-gnu-debuglink=i.debug with-id && "
	     "objcopy --add-section .extra=a.c i.debug");
	expect("with-id", true, true);
	made("cc -O0 -g -o other a.c && objcopy --only-keep-debug other i.debug");
	expect("with-id", false, false);
}

/* Links that say anything but a name. */
static void test_bad_links(void **state)
{
	static const char *const contents[] = {
		"..\\0\\0abcd", "x/y\\0abcd", "", "\\0\\0\\0\\0abcd", "noend", "a\\0",
	};
	struct debuglink link;
	struct opened o;

	(void)state;
	made("cc -O1 -o plain a.c && strip -o bare plain");
	for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++) {
		made("printf '%s' >link && objcopy --add-section .gnu_debuglink=link bare bad",
		     contents[i]);
		open_binary(&o, "bad", 0);
		assert_true(debuglink_read(&o.f, &link) < 0);
		assert_false(has_symbol(&o.sources, "hidden"));
		close_binary(&o);
	}
}

/* Below /usr/lib/debug/.build-id of the file tree that the process sees. */
static void test_buildid_folder(void **state)
{
	struct opened o;
	char id[160];
	pid_t child;

	(void)state;
	if (geteuid())
		skip();
	made("cc -O1 -g -o full a.c && strip -o bare full && mkdir -p root%s && cp bare root%s/ && "
	     "objcopy --only-keep-debug full d.debug",
	     made_dir, made_dir);
	open_binary(&o, "bare", 0);
	assert_true(strlen(o.id.text) >= 16);
	snprintf(id, sizeof(id), "root/usr/lib/debug/.build-id/%.2s", o.id.text);
	made("mkdir -p %s && cp d.debug %s/%s.debug", id, id, o.id.text + 2);
	close_binary(&o);
	child = fork();
	if (!child) {
		char root[80];

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		snprintf(root, sizeof(root), "%s/root", made_dir);
		if (!chroot(root))
			pause();
		_exit(0);
	}
	assert_true(child > 0);
	/* Until it is there. */
	for (int i = 0; i < 1000 && !made_try("[ ! -e /proc/%d/root/proc ]", child); i++)
		usleep(1000);
	/* Another file than the one that was seen: this tree is not asked. */
	open_binary(&o, "bare", child);
	assert_false(has_symbol(&o.sources, "hidden"));
	close_binary(&o);
	made("ln -f bare root%s/bare", made_dir);
	open_binary(&o, "bare", child);
	assert_true(has_symbol(&o.sources, "hidden"));
	assert_true(o.sources.dwarf_fd >= 0);
	close_binary(&o);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	open_binary(&o, "bare", child);
	assert_false(has_symbol(&o.sources, "hidden"));
	close_binary(&o);
}

static void test_minidebuginfo(void **state)
{
	struct opened o;
	struct buf image = {0};

	(void)state;
	made("cc -O1 -o plain a.c && objcopy --only-keep-debug plain mini && xz -k mini && "
	     "strip -o bare plain && objcopy --add-section .gnu_debugdata=mini.xz bare packed");
	expect("packed", true, false);
	/* Cut, no xz at all, too large when unpacked, no ELF file inside. */
	made("head -c 300 mini.xz >cut && objcopy --add-section .gnu_debugdata=cut bare b1");
	expect("b1", false, false);
	made("objcopy --add-section .gnu_debugdata=a.c bare b2");
	expect("b2", false, false);
	made("head -c 200000000 /dev/zero | xz -0 >big && "
	     "objcopy --add-section .gnu_debugdata=big bare b3");
	open_binary(&o, "b3", 0);
	assert_int_equal(debugdata_read(&o.f, &image), -EFBIG);
	close_binary(&o);
	expect("b3", false, false);
	made("xz -c a.c >text.xz && objcopy --add-section .gnu_debugdata=text.xz bare b4");
	expect("b4", false, false);
}

static void expect_stub(const char *name, const char *section, const char *stub)
{
	const struct symbol *symbol;
	struct symtab t = {0};
	struct opened o;
	GElf_Shdr sh;
	bool found = false;

	open_binary(&o, name, 0);
	assert_non_null(section_find(&o.f, section, &sh));
	assert_int_equal(symbols_read(&o.f, &t), 0);
	vec_each(symbol, &t.symbols)
		if (!strcmp(symtab_name(&t, symbol), stub) && symbol->addr >= sh.sh_addr &&
		    symbol->addr + symbol->size <= sh.sh_addr + sh.sh_size)
			found = true;
	if (!found)
		fail_msg("%s has no %s in %s", name, stub, section);
	symtab_done(&t);
	close_binary(&o);
}

/* Every layout of stubs that linkers make, stripped, against what the disassembler says. */
static void test_plt(void **state)
{
	(void)state;
#ifndef __x86_64__
	skip();
#endif
	made("cc -O1 -Wl,-z,lazy -s -o lazy a.c");
	expect_stub("lazy", ".plt", "malloc@plt");
	expect_stub("lazy", ".plt", "strlen@plt");
	made("cc -O1 -Wl,-z,now -s -o now a.c");
	expect_stub("now", ".plt.got", "__cxa_finalize@plt");
	made("cc -O1 -fcf-protection -Wl,-z,lazy,-z,ibtplt -s -o ibt a.c");
	expect_stub("ibt", ".plt.sec", "malloc@plt");
	expect_stub("ibt", ".plt", "malloc@plt");
	made("objdump -d --no-show-raw-insn ibt | grep -q '<malloc@plt>:'");
	/* Exactly where the disassembler has it. */
	made("objdump -d -j .plt.sec ibt | sed -n 's/^0*\\([0-9a-f]*\\) <strlen@plt>:/\\1/p' >at");
	{
		struct symtab t = {0};
		unsigned long at = 0;
		struct opened o;
		char path[128];
		FILE *f;

		snprintf(path, sizeof(path), "%s/at", made_dir);
		f = fopen(path, "re");
		assert_non_null(f);
		assert_int_equal(fscanf(f, "%lx", &at), 1);
		fclose(f);
		open_binary(&o, "ibt", 0);
		assert_int_equal(symbols_read(&o.f, &t), 0);
		assert_non_null(symtab_find(&t, at, NULL));
		assert_string_equal(symtab_name(&t, symtab_find(&t, at + 4, NULL)), "strlen@plt");
		symtab_done(&t);
		close_binary(&o);
	}
}

static void test_plt_arm64(void **state)
{
	(void)state;
	made_text("x.c", "int malloc(int); int outer(int x) { return malloc(x) + 1; }\n");
	if (!made_try("clang --target=aarch64-linux-gnu -O1 -fPIC -c -o x.o x.c && "
		      "ld.lld -shared -o arm x.o && ld.lld -shared -z force-bti -o bti x.o"))
		skip();
	expect_stub("arm", ".plt", "malloc@plt");
	expect_stub("bti", ".plt", "malloc@plt");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_own, setup, made_teardown),
		cmocka_unit_test_setup_teardown(test_debuglink, setup, made_teardown),
		cmocka_unit_test_setup_teardown(test_bad_links, setup, made_teardown),
		cmocka_unit_test_setup_teardown(test_buildid_folder, setup, made_teardown),
		cmocka_unit_test_setup_teardown(test_minidebuginfo, setup, made_teardown),
		cmocka_unit_test_setup_teardown(test_plt, setup, made_teardown),
		cmocka_unit_test_setup_teardown(test_plt_arm64, setup, made_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
