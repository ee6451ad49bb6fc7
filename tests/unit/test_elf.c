// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "elf/buildid.h"
#include "elf/file.h"
#include "elf/symbols.h"
#include "made.h"
#include "util/mem.h"

extern char **environ;

int elf_test_function(int x);
static uint64_t own_base;

__attribute__((noinline)) int elf_test_function(int x)
{
	return x * 3 + 1;
}

__attribute__((noinline, used)) static int local_test_function(int x)
{
	return x * 5 + 2;
}

/* The first object is the program itself. */
static int take_base(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void)size;
	*(uint64_t *)arg = info->dlpi_addr;
	return 1;
}

static int find_memory_id(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void)size;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *ph = &info->dlpi_phdr[i];

		if (ph->p_type == PT_NOTE &&
		    !buildid_find((const void *)(uintptr_t)(info->dlpi_addr + ph->p_vaddr),
				  ph->p_memsz, ph->p_align, arg))
			break;
	}
	return 1;
}

static int group_setup(void **state)
{
	(void)state;
	dl_iterate_phdr(take_base, &own_base);
	return 0;
}

static uint64_t vaddr_of(int (*function)(int))
{
	return (uint64_t)(uintptr_t)function - own_base;
}

static void assert_named(const struct symtab *t, uint64_t vaddr, const char *name)
{
	const struct symbol *s = symtab_find(t, vaddr, NULL);

	assert_non_null(s);
	assert_string_equal(symtab_name(t, s), name);
	assert_int_equal(s->addr, vaddr);
}

static int open_self(void)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static void test_own_symbols(void **state)
{
	struct symtab t = {0};
	struct elf_file f;
	int fd = open_self();

	(void)state;
	assert_int_equal(elf_file_init(&f, fd), 0);
	assert_int_equal(symbols_read(&f, &t), 0);
	assert_named(&t, vaddr_of(elf_test_function), "elf_test_function");
	assert_named(&t, vaddr_of(local_test_function), "local_test_function");
	symtab_done(&t);
	elf_file_done(&f);
	close(fd);
}

/* The mapping that holds our code, as /proc/self/maps gives it: file offset of the function. */
static uint64_t own_file_offset(uint64_t addr)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned long start, end, offset;
	uint64_t found = 0;
	char line[512];

	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps))
		if (sscanf(line, "%lx-%lx %*s %lx", &start, &end, &offset) == 3 && addr >= start &&
		    addr < end)
			found = addr - start + offset;
	fclose(maps);
	return found;
}

static void test_segments(void **state)
{
	uint64_t offset = own_file_offset((uint64_t)(uintptr_t)elf_test_function);
	const struct elf_segment *s;
	struct elf_file f;
	int fd = open_self();

	(void)state;
	assert_int_equal(elf_file_init(&f, fd), 0);
	s = elf_file_segment(&f, offset);
	assert_non_null(s);
	assert_true(s->executable);
	assert_int_equal(elf_segment_vaddr(s, offset), vaddr_of(elf_test_function));
	assert_null(elf_file_segment(&f, 1ull << 50));
	elf_file_done(&f);
	close(fd);
}

static void test_buildid(void **state)
{
	struct buildid file_id, memory_id = {.text = "none"};
	struct elf_file f;
	int fd = open_self();

	(void)state;
	dl_iterate_phdr(find_memory_id, &memory_id);
	assert_int_equal(elf_file_init(&f, fd), 0);
	if (!strcmp(memory_id.text, "none"))
		assert_int_equal(buildid_read(&f, &file_id), -ENODATA);
	else
		assert_int_equal(buildid_read(&f, &file_id), 0);
	if (strcmp(memory_id.text, "none"))
		assert_string_equal(file_id.text, memory_id.text);
	elf_file_done(&f);
	close(fd);
}

static void test_notes(void **state)
{
	/* Another vendor's note first, with a name that needs padding; then ours. */
	static const unsigned char notes[] = {
		3, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0, 'a', 'b', 0,   0, 9,    0,	  0,	0,
		4, 0, 0, 0, 3, 0, 0, 0, 3, 0, 0, 0, 'G', 'N', 'U', 0, 0xab, 0x01, 0xff, 0,
	};
	static const unsigned char huge[] = {4, 0, 0, 0, 0xff, 0xff, 0xff, 0xff,
					     3, 0, 0, 0, 'G',  'N',  'U',  0};
	struct buildid id = {.text = "kept"};

	(void)state;
	assert_int_equal(buildid_find(notes, sizeof(notes), 4, &id), 0);
	assert_string_equal(id.text, "ab01ff");
	strcpy(id.text, "kept");
	for (size_t n = 0; n < sizeof(notes) - 1; n++)
		assert_int_equal(buildid_find(notes, n, 4, &id), -ENODATA);
	assert_int_equal(buildid_find(huge, sizeof(huge), 4, &id), -ENODATA);
	assert_string_equal(id.text, "kept");
}

static int run(char *const argv[])
{
	pid_t pid;
	int status;

	if (posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ))
		return -1;
	return waitpid(pid, &status, 0) == pid && !status ? 0 : -1;
}

static void test_stripped(void **state)
{
	char path[] = "/tmp/hostprof-elf-XXXXXX";
	char exe[4096] = "", strip[] = "strip", output[] = "-o";
	char *argv[] = {strip, output, path, exe, NULL};
	struct symtab t = {0};
	struct elf_file f;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	assert_true(readlink("/proc/self/exe", exe, sizeof(exe) - 1) > 0);
	if (run(argv)) {
		unlink(path);
		skip();
	}
	fd = open(path, O_RDONLY | O_CLOEXEC);
	unlink(path);
	assert_int_equal(elf_file_init(&f, fd), 0);
	assert_int_equal(symbols_read(&f, &t), 0);
	assert_null(symtab_find(&t, vaddr_of(local_test_function), NULL));
	symtab_done(&t);
	elf_file_done(&f);
	close(fd);
}

/* The bytes behind a symbol without a size that have its name, in a library of `option`. */
static uint64_t reach_of(char *option)
{
	static const char code[] = "printf '.globl bare\nbare: .fill 9000, 1, 0x90\n' >a.s && "
				   "${CC:-cc} -shared -nostdlib \"$1\" -o a.so a.s";
	char dir[] = "/tmp/hostprof-elf-XXXXXX", command[256];
	char *argv[] = {(char[]){"sh"}, (char[]){"-c"}, command, (char[]){"sh"}, option, NULL};
	char *clean[] = {(char[]){"rm"}, (char[]){"-rf"}, dir, NULL};
	struct symtab t = {0};
	struct elf_file f;
	uint64_t size;
	char so[64];
	int fd;

	assert_non_null(mkdtemp(dir));
	snprintf(command, sizeof(command), "cd %s && %s", dir, code);
	snprintf(so, sizeof(so), "%s/a.so", dir);
	assert_int_equal(run(argv), 0);
	fd = open(so, O_RDONLY | O_CLOEXEC);
	assert_int_equal(elf_file_init(&f, fd), 0);
	assert_int_equal(symbols_read(&f, &t), 0);
	assert_int_equal(t.symbols.n, 1);
	size = t.symbols.at[0].size;
	symtab_done(&t);
	elf_file_done(&f);
	close(fd);
	assert_int_equal(run(clean), 0);
	return size;
}

/* What lies behind it when it is stripped has lost its names, and does not get this one. */
static void test_unsized_stripped(void **state)
{
	(void)state;
	assert_int_equal(reach_of((char[]){"-Wl,--build-id"}), 9000);
	assert_int_equal(reach_of((char[]){"-s"}), 4096);
}

/* A 32-bit object, if the compiler can make one without any library. */
static void test_32bit(void **state)
{
	static const char source[] = "int answer32(int x) { return x * 42; }\n";
	char c[64], so[64], dir[] = "/tmp/hostprof-elf-XXXXXX";
	char *argv[] = {(char[]){"gcc"},
			(char[]){"-m32"},
			(char[]){"-shared"},
			(char[]){"-nostdlib"},
			(char[]){"-fno-pic"},
			(char[]){"-o"},
			so,
			c,
			NULL};
	const struct symbol *symbol;
	struct symtab t = {0};
	struct elf_file f;
	int fd, err;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(c, sizeof(c), "%s/a.c", dir);
	snprintf(so, sizeof(so), "%s/a.so", dir);
	fd = open(c, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, source, strlen(source)), strlen(source));
	close(fd);
	err = run(argv);
	fd = open(so, O_RDONLY | O_CLOEXEC);
	unlink(c);
	unlink(so);
	rmdir(dir);
	if (err || fd < 0)
		skip();
	assert_int_equal(elf_file_init(&f, fd), 0);
	assert_int_equal(f.machine, EM_386);
	assert_int_equal(symbols_read(&f, &t), 0);
	vec_each(symbol, &t.symbols) {
		if (!strcmp(symtab_name(&t, symbol), "answer32"))
			break;
	}
	assert_true(symbol < t.symbols.at + t.symbols.n);
	assert_true(symbol->size > 0);
	symtab_done(&t);
	elf_file_done(&f);
	close(fd);
}

/* Whatever it is: no crash, no leak, and an answer that stays inside the table. */
static int try_file(int fd)
{
	struct buildid id = {.text = ""};
	struct symtab t = {0};
	struct elf_file f;
	int err = elf_file_init(&f, fd);

	if (err)
		return err;
	buildid_read(&f, &id);
	assert_true(strlen(id.text) <= 2 * BUILDID_MAX_BYTES);
	err = symbols_read(&f, &t);
	if (!err) {
		for (size_t i = 0; i < t.symbols.n; i++) {
			assert_true(t.symbols.at[i].name < t.names.len);
			assert_true(strlen(symtab_name(&t, &t.symbols.at[i])) < t.names.len);
			if (i)
				assert_true(t.symbols.at[i - 1].addr < t.symbols.at[i].addr);
		}
		symtab_done(&t);
	}
	elf_file_done(&f);
	return err;
}

static int put(const char *bytes, size_t n)
{
	int fd = memfd_create("elf", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, n), n);
	return fd;
}

static void test_truncated(void **state)
{
	size_t size, cut;
	char *bytes = made_self(&size);
	int fd = put(bytes, size);

	(void)state;
	assert_int_equal(try_file(fd), 0);
	for (cut = size; cut; cut -= cut < 256 ? 1 : cut / 128) {
		assert_int_equal(ftruncate(fd, (off_t)cut), 0);
		if (cut <= sizeof(Elf64_Ehdr))
			assert_int_not_equal(try_file(fd), cut == sizeof(Elf64_Ehdr));
		else
			try_file(fd);
	}
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(try_file(fd), -ENOEXEC);
	close(fd);
	free(bytes);
}

/* Random bytes in the headers, where they matter most. */
static void test_flipped(void **state)
{
	uint64_t seed = 7;
	size_t size;
	char *bytes = made_self(&size);
	const Elf64_Ehdr *ehdr = (const void *)bytes;
	size_t shoff = ehdr->e_shoff, shsize = (size_t)ehdr->e_shnum * ehdr->e_shentsize;
	int fd = put(bytes, size);

	(void)state;
	for (int i = 0; i < 4000; i++) {
		off_t at[8];
		int n, k;

		for (k = 0, n = 1 + i % 8; k < n; k++) {
			uint64_t r;
			char byte;

			seed = seed * 6364136223846793005ull + 1442695040888963407ull;
			r = seed >> 24;
			at[k] = (off_t)(i % 3 ? shoff + r % shsize : r % 1024);
			byte = (char)(r >> 16);
			assert_int_equal(pwrite(fd, &byte, 1, at[k]), 1);
		}
		try_file(fd);
		for (k = 0; k < n; k++)
			assert_int_equal(pwrite(fd, bytes + at[k], 1, at[k]), 1);
	}
	assert_int_equal(try_file(fd), 0);
	close(fd);
	free(bytes);
}

static int try_header(const Elf64_Ehdr *header)
{
	char bytes[4096] = {0};
	struct elf_file f;
	int fd, err;

	memcpy(bytes, header, sizeof(*header));
	fd = put(bytes, sizeof(bytes));
	err = elf_file_init(&f, fd);
	if (!err)
		elf_file_done(&f);
	close(fd);
	return err;
}

static void test_refused(void **state)
{
	Elf64_Ehdr good, bad;
	size_t size;
	char *bytes = made_self(&size);

	(void)state;
	memcpy(&good, bytes, sizeof(good));
	free(bytes);
	good.e_phnum = good.e_shnum = 0;
	good.e_phoff = good.e_shoff = 0;
	assert_int_equal(try_header(&good), 0);
	bad = good;
	bad.e_machine = EM_S390;
	assert_int_equal(try_header(&bad), -ENOEXEC);
	bad = good;
	bad.e_type = ET_CORE;
	assert_int_equal(try_header(&bad), -ENOEXEC);
	bad = good;
	bad.e_ident[EI_DATA] ^= ELFDATA2LSB ^ ELFDATA2MSB;
	assert_int_equal(try_header(&bad), -ENOEXEC);
	bad = good;
	bad.e_ident[EI_CLASS] = 9;
	assert_int_equal(try_header(&bad), -ENOEXEC);
	bad = good;
	bad.e_shoff = 64; /* the number of sections would stand in section 0 */
	assert_int_equal(try_header(&bad), -EBADMSG);
	bad = good;
	bad.e_phnum = 65535;
	assert_int_equal(try_header(&bad), -EFBIG);
	bad = good;
	bad.e_shnum = 60000;
	assert_int_equal(try_header(&bad), -EFBIG);
	memset(&bad, 'x', sizeof(bad));
	assert_int_equal(try_header(&bad), -ENOEXEC);
}

static void test_memory(void **state)
{
	size_t size;
	char *bytes = made_self(&size);
	struct symtab t = {0};
	struct elf_file f;

	(void)state;
	assert_int_equal(elf_file_init_memory(&f, bytes, size), 0);
	assert_int_equal(symbols_read(&f, &t), 0);
	assert_named(&t, vaddr_of(elf_test_function), "elf_test_function");
	symtab_done(&t);
	elf_file_done(&f);
	assert_int_equal(elf_file_init_memory(&f, bytes, 10), -ENOEXEC);
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own_symbols), cmocka_unit_test(test_segments),
		cmocka_unit_test(test_buildid),	    cmocka_unit_test(test_notes),
		cmocka_unit_test(test_stripped),    cmocka_unit_test(test_unsized_stripped),
		cmocka_unit_test(test_truncated),   cmocka_unit_test(test_flipped),
		cmocka_unit_test(test_refused),	    cmocka_unit_test(test_memory),
		cmocka_unit_test(test_32bit),
	};

	return cmocka_run_group_tests(tests, group_setup, NULL);
}
