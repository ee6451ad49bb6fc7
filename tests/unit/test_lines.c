// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "elf/buildid.h"
#include "elf/file.h"
#include "elf/lines.h"
#include "elf/lines_wire.h"
#include "elf/symbols.h"
#include "made.h"
#include "sym/binaries.h"
#include "sym/debuglines.h"
#include "sym/namer.h"
#include "sym/sources.h"
#include "util/clock.h"
#include "util/mem.h"

/* Labels tell where the compiler has put what; "inner" is in "middle" is in "outer". */
static const char source[] =
	"#define LABEL(name) __asm__ volatile(\".globl \" #name \"\\n\" #name \":\\n\\tnop\")\n"
	"namespace app {\n"
	"static inline __attribute__((always_inline)) int inner(int x)\n"
	"{\n"
	"	LABEL(in_inner); /* 5 */\n"
	"	return x * 3;\n"
	"}\n"
	"struct box {\n"
	"	int n;\n"
	"	inline __attribute__((always_inline)) int middle(int x)\n"
	"	{\n"
	"		int y = inner(x + n); /* 12 */\n"
	"		LABEL(in_middle); /* 13 */\n"
	"		return y;\n"
	"	}\n"
	"};\n"
	"__attribute__((noinline)) int outer(box *b, int x)\n"
	"{\n"
	"	int y = b->middle(x); /* 19 */\n"
	"	LABEL(in_outer); /* 20 */\n"
	"	return y + b->n;\n"
	"}\n"
	"}\n"
	"int main(int n, char **) { app::box b{n}; return app::outer(&b, n); }\n";

static int setup(void **state)
{
	(void)state;
	made_begin();
	made_text("a.cc", source);
	return 0;
}

static uint64_t label(const char *file, const char *name)
{
	char path[128];
	uint64_t found;
	FILE *f;

	made("nm '%s' | sed -n 's/^\\([0-9a-f]*\\) . %s$/\\1/p' >at", file, name);
	snprintf(path, sizeof(path), "%s/at", made_dir);
	f = fopen(path, "re");
	assert_non_null(f);
	assert_int_equal(fscanf(f, "%lx", &found), 1);
	fclose(f);
	return found;
}

static int read_lines(const char *file, const uint64_t *addresses, size_t n, struct lines *lines)
{
	struct place places[8];
	uint64_t left = DEBUGLINES_ALL_NS;
	int fd = made_open(file), err;

	assert_true(n <= 8);
	for (size_t i = 0; i < n; i++)
		places[i] = (struct place){.address = addresses[i]};
	err = debuglines_read(fd, -1, places, n, &left, lines);
	close(fd);
	return err;
}

struct expected {
	const char *name, *file;
	uint32_t line, start;
};

static void assert_span(const struct lines *lines, size_t i, const struct expected *expected,
			size_t n)
{
	struct lines_span span = lines->spans.at[i];

	assert_int_equal(span.n, n);
	for (size_t k = 0; k < n; k++) {
		const struct lines_frame *frame = &lines->frames.at[span.first + k];
		const char *file = lines_text(lines, frame->file);
		const char *slash = strrchr(file, '/');

		assert_string_equal(slash ? slash + 1 : file, expected[k].file);
		assert_int_equal(frame->line, expected[k].line);
		assert_int_equal(frame->start, expected[k].start);
		if (strcmp(lines_text(lines, frame->name), expected[k].name) &&
		    /* clang gives mangled names to functions of one file, gcc does not */
		    !(k == n - 3 && !strcmp(lines_text(lines, frame->name), "_ZN3appL5innerEi")))
			fail_msg("\"%s\" for \"%s\"", lines_text(lines, frame->name),
				 expected[k].name);
	}
}

static void check_program(const char *file)
{
	static const struct expected chain[] = {
		{"app::inner", "a.cc", 5, 3},
		{"_ZN3app3box6middleEi", "a.cc", 12, 10},
		{"_ZN3app5outerEPNS_3boxEi", "a.cc", 19, 17},
	};
	static const struct expected middle[] = {
		{"_ZN3app3box6middleEi", "a.cc", 13, 10},
		{"_ZN3app5outerEPNS_3boxEi", "a.cc", 19, 17},
	};
	static const struct expected outer[] = {{"_ZN3app5outerEPNS_3boxEi", "a.cc", 20, 17}};
	/* In no order, one twice, one where no code is. */
	const uint64_t addresses[] = {label(file, "in_outer"), label(file, "in_inner"), 3,
				      label(file, "in_middle"), label(file, "in_outer")};
	struct lines lines;

	assert_int_equal(read_lines(file, addresses, 5, &lines), 0);
	assert_span(&lines, 0, outer, 1);
	assert_span(&lines, 1, chain, 3);
	assert_span(&lines, 2, NULL, 0);
	assert_span(&lines, 3, middle, 2);
	assert_span(&lines, 4, outer, 1);
	lines_done(&lines);
}

static void test_compilers(void **state)
{
	static const char *const ways[] = {
		"g++ -O2 -gdwarf-5",
		"g++ -O2 -gdwarf-4",
		"g++ -O2 -gdwarf-3 -gno-strict-dwarf",
		"g++ -O2 -g -gz",
		"g++ -O2 -g -no-pie",
		"g++ -O2 -g -ffunction-sections -freorder-blocks-and-partition -Wl,--gc-sections",
		"clang++ -O2 -gdwarf-5",
		"clang++ -O2 -gdwarf-4 -fdebug-types-section",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (!made_try("%s -o program a.cc", ways[i]) && !strncmp(ways[i], "clang", 5))
			continue; /* this clang has no C++ library here */
		check_program("program");
	}
	made("g++ -O2 -g -o whole a.cc && objcopy --only-keep-debug whole program.debug");
	check_program("program.debug");
}

/*
 * The line table stays in the program, the functions go to a file of their own: found where it was
 * made, or else next to the program.
 */
static void test_split(void **state)
{
	static const struct expected chain[] = {
		{"app::inner", "a.cc", 5, 3},
		{"_ZN3app3box6middleEi", "a.cc", 12, 10},
		{"_ZN3app5outerEPNS_3boxEi", "a.cc", 19, 17},
	};
	static const char *const ways[] = {
		"g++ -O2 -g -gsplit-dwarf -gdwarf-5 -o program a.cc",
		"g++ -O2 -g -gsplit-dwarf -gdwarf-4 -o program a.cc",
		"mkdir -p obj && g++ -O2 -g -gsplit-dwarf -c -o obj/a.o a.cc && g++ -o program "
		"obj/a.o",
		"mkdir -p gone && cd gone && g++ -O2 -g -gsplit-dwarf -o ../program ../a.cc && "
		"mv *.dwo .. || mv ../gone/*.dwo ..; cd .. && rm -rf gone",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		struct binary binary = {0};
		uint64_t address, left = DEBUGLINES_ALL_NS;
		struct place place = {0};
		struct lines lines;

		made("rm -f *.dwo; %s", ways[i]);
		address = label("program", "in_inner");
		place.address = address;
		assert_int_equal(read_lines("program", &address, 1, &lines), 0);
		assert_span(&lines, 0, &(struct expected){"", "a.cc", 5, 0}, 1);
		assert_int_equal(lines.splits.n, 1);
		if (geteuid()) {
			lines_done(&lines);
			skip(); /* a file system of its own */
		}
		binary.fd = made_open("program");
		binary.path = mem_printf("%s/program", made_dir);
		assert_int_equal(
			debuglines_read_split(&binary, binary.fd, -1, &place, 1, &left, &lines), 0);
		assert_span(&lines, 0, chain, 3);
		lines_done(&lines);
		/* Without the file, or with another in its place, it is as before. */
		made("rm -f $(find . -name '*.dwo')");
		assert_int_equal(read_lines("program", &address, 1, &lines), 0);
		assert_int_equal(
			debuglines_read_split(&binary, binary.fd, -1, &place, 1, &left, &lines), 0);
		assert_span(&lines, 0, &(struct expected){"", "a.cc", 5, 0}, 1);
		lines_done(&lines);
		close(binary.fd);
		free(binary.path);
	}
}

/* What dwz has moved into a file that two programs share. */
static void test_shared(void **state)
{
	struct binary binary = {0};
	struct lines lines, without;
	struct sources sources;
	struct place place = {0};
	uint64_t left = DEBUGLINES_ALL_NS;
	struct buildid id = {.text = ""};
	struct elf_file f;

	(void)state;
	if (!made_try("dwz --version >/dev/null"))
		skip();
	/* Enough in common for dwz to move more than texts. */
	made_text("use.h", "#include <map>\n"
			   "#include <string>\n"
			   "std::map<std::string, int> all;\n"
			   "int use(int k) { return all[std::to_string(k)]; }\n");
	made("for x in 3 5; do { cat use.h; echo '#line 1 \"a.cc\"'; sed \"s/x \\* 3/x * $x/\" "
	     "a.cc; } "
	     ">b$x.cc && g++ -O2 -g -o b$x b$x.cc; done && mv b3 one && mv b5 two && "
	     "dwz -m shared.debug one two && readelf -SW shared.debug | grep -q debug_info");
	place.address = label("one", "in_inner");
	binary.fd = made_open("one");
	binary.path = mem_printf("%s/one", made_dir);
	assert_int_equal(elf_file_init(&f, binary.fd), 0);
	sources_init(&sources, &binary, &f, &id);
	assert_int_equal(sources.dwarf_fd, binary.fd);
	assert_true(sources.alt_fd >= 0);
	assert_int_equal(
		debuglines_read(sources.dwarf_fd, sources.alt_fd, &place, 1, &left, &lines), 0);
	assert_int_equal(lines.spans.at[0].n, 3);
	assert_string_equal(lines_text(&lines, lines.frames.at[1].name), "_ZN3app3box6middleEi");
	assert_int_equal(lines.frames.at[1].line, 12);
	lines_done(&lines);
	/* Without it the names are unknown, and nothing is opened behind our back. */
	debuglines_read(sources.dwarf_fd, -1, &place, 1, &left, &without);
	for (uint32_t i = 0; i < without.frames.n; i++)
		assert_string_not_equal(lines_text(&without, without.frames.at[i].name),
					"_ZN3app3box6middleEi");
	lines_done(&without);
	sources_done(&sources);
	/* Another one in its place. */
	made("cp two shared.debug");
	sources_init(&sources, &binary, &f, &id);
	assert_int_equal(sources.alt_fd, -1);
	sources_done(&sources);
	elf_file_done(&f);
	close(binary.fd);
	free(binary.path);
}

static void test_no_dwarf(void **state)
{
	uint64_t address = 0x1000;
	struct lines lines;

	(void)state;
	made("g++ -O2 -s -o bare a.cc");
	read_lines("bare", &address, 1, &lines);
	assert_int_equal(lines.spans.at[0].n, 0);
	lines_done(&lines);
	made("g++ -O2 -g -o program a.cc && objcopy --update-section .debug_info=a.cc program bad");
	assert_int_equal(read_lines("bad", &address, 1, &lines), -ECANCELED);
	assert_int_equal(lines.spans.at[0].n, 0);
	lines_done(&lines);
	assert_int_equal(read_lines("a.cc", &address, 1, &lines), -ECANCELED);
	assert_int_equal(lines.spans.at[0].n, 0);
	lines_done(&lines);
}

/* A budget that is used up: an error, and no process was started. */
static void test_budget(void **state)
{
	struct place place = {.address = 0x1000};
	uint64_t left = 0;
	struct lines lines;
	int fd;

	(void)state;
	made("g++ -O2 -g -o program a.cc");
	fd = made_open("program");
	assert_int_equal(debuglines_read(fd, -1, &place, 1, &left, &lines), -ETIME);
	assert_int_equal(lines.spans.n, 1);
	assert_int_equal(lines.spans.at[0].n, 0);
	lines_done(&lines);
	left = DEBUGLINES_ALL_NS;
	assert_int_equal(debuglines_read(fd, -1, &place, 1, &left, &lines), 0);
	assert_true(left < DEBUGLINES_ALL_NS && left > DEBUGLINES_ALL_NS / 2);
	lines_done(&lines);
	close(fd);
}

/* Bytes changed at random in all DWARF sections: any answer, or none, but always soon. */
static void test_broken(void **state)
{
	uint64_t addresses[2], began = clock_mono_ns();
	char path[128];

	(void)state;
	made("g++ -O2 -g -o program a.cc && cp program broken");
	addresses[0] = label("program", "in_inner");
	addresses[1] = label("program", "in_outer");
	snprintf(path, sizeof(path), "%s/broken", made_dir);
	srand(11);
	for (int round = 0; round < 150; round++) {
		struct elf_file f;
		struct lines lines;
		Elf_Scn *scn = NULL;
		int fd = open(path, O_RDWR | O_CLOEXEC);
		size_t names;

		assert_true(fd >= 0);
		assert_int_equal(elf_file_init(&f, fd), 0);
		assert_int_equal(elf_getshdrstrndx(f.elf, &names), 0);
		while ((scn = elf_nextscn(f.elf, scn))) {
			unsigned char byte = (unsigned char)rand();
			const char *name;
			GElf_Shdr sh;

			assert_non_null(gelf_getshdr(scn, &sh));
			name = elf_strptr(f.elf, names, sh.sh_name);
			if (!strncmp(name, ".debug", 6) && sh.sh_size)
				assert_int_equal(pwrite(fd, &byte, 1,
							(off_t)(sh.sh_offset +
								(uint64_t)rand() % sh.sh_size)),
						 1);
		}
		elf_file_done(&f);
		close(fd);
		read_lines("broken", addresses, 2, &lines);
		assert_int_equal(lines.spans.n, 2);
		lines_done(&lines);
		if (round % 10 == 9)
			made("cp program broken");
	}
	assert_true(clock_mono_ns() - began < 150 * NSEC_PER_SEC);
}

/* What the reading process wrote is not believed. */
static void test_records(void **state)
{
	static const uint32_t good[] = {LINES_TEXT, 3, 0x00636261, LINES_FRAMES, 1, 1, 1, 0, 7, 5};
	static const uint32_t bad[][10] = {
		{9},				  /* no such record */
		{LINES_TEXT, LINES_MAX_TEXT + 1}, /* too long */
		{LINES_TEXT, 400, 1},		  /* longer than what is there */
		{LINES_FRAMES, 2, 1, 0, 0, 7, 5}, /* no such address */
		{LINES_FRAMES, 1, 1, 5, 0, 7, 5}, /* no such string */
		{LINES_FRAMES, 1, 0xffffffff, 0, 0, 7, 5},
	};
	struct lines lines;

	(void)state;
	for (size_t n = 0; n <= sizeof(good); n++) {
		char *copy = mem_alloc(n + 1);

		memcpy(copy, good, n);
		lines_parse(copy, n, 2, &lines);
		assert_int_equal(lines.spans.n, 2);
		assert_int_equal(lines.spans.at[1].n, n == sizeof(good));
		if (n == sizeof(good)) {
			assert_string_equal(lines_text(&lines, lines.frames.at[0].name), "abc");
			assert_string_equal(lines_text(&lines, lines.frames.at[0].file), "");
			assert_int_equal(lines.frames.at[0].line, 7);
			assert_int_equal(lines.frames.at[0].start, 5);
		}
		lines_done(&lines);
		free(copy);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		lines_parse(bad[i], sizeof(bad[i]), 2, &lines);
		assert_int_equal(lines.spans.at[0].n + lines.spans.at[1].n, 0);
		lines_done(&lines);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_compilers, setup, made_teardown),
		cmocka_unit_test_setup_teardown(test_split, setup, made_teardown),
		cmocka_unit_test_setup_teardown(test_shared, setup, made_teardown),
		cmocka_unit_test_setup_teardown(test_no_dwarf, setup, made_teardown),
		cmocka_unit_test_setup_teardown(test_budget, setup, made_teardown),
		cmocka_unit_test_setup_teardown(test_broken, setup, made_teardown),
		cmocka_unit_test(test_records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
