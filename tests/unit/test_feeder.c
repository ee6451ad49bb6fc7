// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The memory of unwind tables, over maps made here: what is put in is there until it is dropped,
 * the feeder stays within its bound by taking the oldest tables away, and builds one table for
 * files of the same content, and for those only.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "elf/file.h"
#include "elf/section.h"
#include "hostprof/event.h"
#include "hostprof/unwind.h"
#include "unwind/chunks.h"
#include "unwind/feeder.h"
#include "unwind/tables.h"
#include "util/clock.h"
#include "util/mem.h"

#define ARENA	 1001 /* descriptors that mean maps of ours */
#define TABLES	 1002
#define BINARIES 1003
#define SPACES	 65536
#define MIB	 (1ull << 20)

static struct {
	int chunks[HP_ARENA_CHUNKS];
	unsigned int n_chunks;
	struct hp_unwind_table tables[SPACES];
	bool forgotten[SPACES]; /* by key, which is the space here */
} kernel;

/* In place of libbpf's: a chunk is a file in memory. */
int bpf_map_create(enum bpf_map_type type, const char *name, __u32 key_size, __u32 value_size,
		   __u32 max_entries, const struct bpf_map_create_opts *opts)
{
	int fd = memfd_create(name, MFD_CLOEXEC);

	assert_int_equal(type, BPF_MAP_TYPE_ARRAY);
	assert_int_equal(key_size * max_entries, sizeof(__u32));
	assert_int_equal(opts->map_flags, BPF_F_MMAPABLE);
	assert_int_equal(ftruncate(fd, value_size), 0);
	return fd;
}

int bpf_map_update_elem(int fd, const void *key, const void *value, __u64 flags)
{
	__u32 number = *(const __u32 *)key;

	assert_int_equal(flags, BPF_ANY);
	if (fd == ARENA) {
		assert_int_equal(number, kernel.n_chunks);
		kernel.chunks[kernel.n_chunks++] = *(const int *)value;
	} else {
		assert_int_equal(fd, TABLES);
		assert_true(number < SPACES);
		memcpy(&kernel.tables[number], value, sizeof(kernel.tables[0]));
	}
	return 0;
}

int bpf_map_delete_elem(int fd, const void *key)
{
	assert_int_equal(fd, BINARIES);
	kernel.forgotten[*(const __u32 *)key] = true;
	return 0;
}

static int set_up(void **state)
{
	(void)state;
	memset(&kernel, 0, sizeof(kernel));
	return 0;
}

/* What the walk sees at a place in the arena. */
static uint8_t arena_byte(uint32_t place)
{
	uint32_t chunk = place >> HP_ARENA_SHIFT;
	uint8_t byte;

	assert_true(chunk < kernel.n_chunks);
	assert_int_equal(pread(kernel.chunks[chunk], &byte, 1, place & (HP_ARENA_CHUNK - 1)), 1);
	return byte;
}

/* --- chunks ------------------------------------------------------------------------------------
 */

struct blob {
	uint32_t at;
	size_t size;
	uint8_t fill;
};

static void check_blob(const struct blob *b)
{
	assert_int_equal(b->at % HP_ARENA_ALIGN, 0);
	assert_true(b->size <= HP_ARENA_CHUNK ? b->at % HP_ARENA_CHUNK + b->size <= HP_ARENA_CHUNK
					      : b->at % HP_ARENA_CHUNK == 0);
	assert_int_equal(arena_byte(b->at), b->fill);
	assert_int_equal(arena_byte(b->at + (uint32_t)b->size / 2), b->fill);
	assert_int_equal(arena_byte(b->at + (uint32_t)b->size - 1), b->fill);
}

static int put_blob(struct chunks *a, struct blob *b)
{
	void *bytes = mem_alloc(b->size);
	int err;

	memset(bytes, b->fill, b->size);
	err = chunks_put(a, bytes, b->size, &b->at);
	free(bytes);
	return err;
}

/* Any order of puts and drops: nobody's bytes are touched, and nothing is lost for good. */
static void test_chunks(void **state)
{
	static const size_t sizes[] = {1, 64, 4000, 90000, 600000, MIB, MIB + 1, 3 * MIB - 5};
	VEC(struct blob) blobs = {0};
	struct blob largest = {.size = 16 * MIB, .fill = 1}, *b;
	unsigned int full = 0;
	struct chunks a;

	(void)state;
	srand(7);
	chunks_init(&a, ARENA, 16 * MIB);
	for (int i = 0; i < 2000; i++) {
		struct blob blob = {.size = sizes[(unsigned int)rand() % 8], .fill = (uint8_t)i};
		int err = put_blob(&a, &blob);

		if (!err) {
			vec_push(&blobs, blob);
		} else {
			size_t victim = (unsigned int)rand() % blobs.n;

			assert_int_equal(err, -ENOSPC);
			full++;
			check_blob(&blobs.at[victim]);
			chunks_drop(&a, blobs.at[victim].at, blobs.at[victim].size);
			blobs.at[victim] = blobs.at[--blobs.n];
		}
		assert_true(chunks_bytes(&a) <= 16 * MIB);
	}
	assert_true(full > 100);
	vec_each(b, &blobs) {
		check_blob(b);
		chunks_drop(&a, b->at, b->size);
	}
	assert_int_equal(put_blob(&a, &largest), 0);
	check_blob(&largest);
	vec_done(&blobs);
	chunks_done(&a);
}

/* What the walk reads past a chunk's end is the next one's start. */
static void test_guard(void **state)
{
	uint8_t *bytes = mem_alloc(2 * MIB), byte;
	struct chunks a;
	uint32_t at;

	(void)state;
	for (uint32_t i = 0; i < 2 * MIB; i++)
		bytes[i] = (uint8_t)(i >> 12 ^ i);
	chunks_init(&a, ARENA, 2 * MIB);
	assert_int_equal(chunks_put(&a, bytes, 2 * MIB, &at), 0);
	for (uint32_t i = 0; i < HP_ARENA_GUARD; i += 17) {
		assert_int_equal(pread(kernel.chunks[0], &byte, 1, HP_ARENA_CHUNK + i), 1);
		assert_int_equal(byte, bytes[HP_ARENA_CHUNK + i]);
	}
	assert_int_equal(chunks_put(&a, bytes, 1, &at), -ENOSPC);
	free(bytes);
	chunks_done(&a);
}

/* --- the feeder --------------------------------------------------------------------------------
 */

static const struct feeder_maps maps = {ARENA, TABLES, BINARIES};

static int open_libc(void)
{
	int fd = open("/lib/x86_64-linux-gnu/libc.so.6", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		skip();
	return fd;
}

#define MAX_FILE (8u << 20)

/* A file of its own, with a number where nobody looks: it has its own headers. */
static int copy_file(int from, uint32_t number)
{
	int fd = memfd_create("copy", MFD_CLOEXEC);
	ssize_t n = copy_file_range(from, &(off_t){0}, fd, NULL, MAX_FILE, 0);
	char *bytes;

	if (n <= 0) { /* between file systems: by hand */
		bytes = mem_alloc(MAX_FILE);
		n = pread(from, bytes, MAX_FILE, 0);
		assert_true(n > 0 && n < MAX_FILE);
		assert_int_equal(pwrite(fd, bytes, (size_t)n, 0), n);
		free(bytes);
	}
	assert_int_equal(pwrite(fd, &number, sizeof(number), offsetof(Elf64_Ehdr, e_flags)),
			 sizeof(number));
	return fd;
}

static void feed(struct feeder *f, int fd, uint32_t space)
{
	struct feeder_job job = {
		.fd = fd, .space = space, .key = &space, .key_size = sizeof(space)};

	feeder_add(f, &job);
	assert_true(feeder_wait(f, 20 * NSEC_PER_SEC));
}

static void feed_copy(struct feeder *f, int fd, uint32_t space)
{
	int copy = copy_file(fd, space);

	feed(f, copy, space);
	close(copy);
}

static bool has_table(uint32_t space)
{
	return kernel.tables[space].pages;
}

/* As many tables as fit, thrice: the oldest are gone, and come back when they are told again. */
static void test_eviction(void **state)
{
	uint32_t first = HP_SPACE_FIRST, n = 0, gone = 0;
	struct feeder_counts counts;
	struct feeder *f;
	int fd = open_libc();

	(void)state;
	assert_int_equal(feeder_new(&maps, MIB, &f), 0);
	do {
		feed_copy(f, fd, first + n++);
		feeder_counts(f, &counts);
		assert_true(counts.bytes <= MIB);
		assert_true(kernel.n_chunks <= 1);
	} while (!counts.evicted && n < 100);
	assert_in_range(n, 5, 60); /* libc's takes some 90 KB */
	for (uint32_t end = 3 * n; n < end; n++)
		feed_copy(f, fd, first + n);
	feeder_counts(f, &counts);
	assert_int_equal(counts.failed, 0);
	for (uint32_t i = 0; i < n; i++) {
		assert_int_equal(has_table(first + i), !kernel.forgotten[first + i]);
		gone += !has_table(first + i);
		/* The oldest first. */
		assert_true(!i || has_table(first + i) >= has_table(first + i - 1));
	}
	assert_int_equal(counts.evicted, gone);
	assert_int_equal(counts.tables, n - gone + has_table(HP_SPACE_VDSO));
	/* Nothing at all: not even "has none", so the walk says no_table_yet and looks again. */
	assert_memory_equal(&kernel.tables[first], &(struct hp_unwind_table){0},
			    sizeof(struct hp_unwind_table));
	feed_copy(f, fd, first + n);
	assert_true(has_table(first + n));
	assert_int_equal(kernel.tables[first + n].pages, kernel.tables[first + n - 1].pages);
	/* The vDSO is not told twice. */
	assert_true(has_table(HP_SPACE_VDSO));
	feeder_free(f);
	close(fd);
}

/* All that share one go together, and each is told. */
static void test_eviction_of_shared(void **state)
{
	uint32_t first = HP_SPACE_FIRST, n = 10;
	struct feeder_counts counts;
	int libc = open_libc(), fd = copy_file(libc, 0), twin = copy_file(fd, 0);
	struct feeder *f;

	(void)state;
	assert_int_equal(feeder_new(&maps, MIB, &f), 0);
	feed(f, fd, first);
	feed(f, twin, first + 1);
	feeder_counts(f, &counts);
	assert_int_equal(counts.shared, 1);
	do {
		feed_copy(f, fd, first + n++);
		feeder_counts(f, &counts);
	} while (!counts.evicted && n < 100);
	assert_true(counts.evicted >= 2);
	for (uint32_t i = 0; i < 2; i++) {
		assert_false(has_table(first + i));
		assert_true(kernel.forgotten[first + i]);
	}
	feed(f, twin, first + 1);
	assert_true(has_table(first + 1));
	feeder_free(f);
	close(libc);
	close(fd);
	close(twin);
}

static bool same_table(uint32_t a, uint32_t b)
{
	return !memcmp(&kernel.tables[a], &kernel.tables[b], sizeof(kernel.tables[a]));
}

/* Where these bytes are in a section of the file. */
static off_t place_of(int fd, const char *section, const void *bytes, size_t n)
{
	char *all = mem_alloc(MAX_FILE), *hit;
	ssize_t size = pread(fd, all, MAX_FILE, 0);
	struct elf_file file;
	GElf_Shdr header;
	off_t at;

	assert_true(size > 0);
	assert_int_equal(elf_file_init(&file, fd), 0);
	assert_non_null(section_find(&file, section, &header));
	hit = memmem(all + header.sh_offset, header.sh_size, bytes, n);
	assert_non_null(hit);
	at = hit - all;
	elf_file_done(&file);
	free(all);
	return at;
}

/*
 * Ten copies are one table. One with other frame information, or other code where that is what
 * counts, has its own, though its build id and all its headers are the same; and one with another
 * build id has not, since that says nothing.
 */
static void test_content(void **state)
{
	/* DW_CFA_advance_loc 1, DW_CFA_def_cfa_offset 16: behind a push. */
	static const uint8_t pushed[] = {0x41, 0x0e, 0x10};
	static const uint8_t restorer[] = {0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05};
	uint32_t first = HP_SPACE_FIRST, space = first;
	int libc = open_libc(), fds[13];
	struct feeder_counts counts;
	struct feeder *f;
	off_t at;

	(void)state;
	assert_int_equal(feeder_new(&maps, 8 * MIB, &f), 0);
	for (int i = 0; i < 13; i++)
		fds[i] = copy_file(libc, 0);
	at = place_of(fds[10], ".eh_frame", pushed, sizeof(pushed));
	assert_int_equal(pwrite(fds[10], "\x18", 1, at + 2), 1);
	at = place_of(fds[11], ".text", restorer, sizeof(restorer));
	assert_int_equal(pwrite(fds[11], "\x90", 1, at), 1);
	at = place_of(fds[12], ".note.gnu.build-id", "GNU", 4);
	assert_int_equal(pwrite(fds[12], "forged", 6, at + 4), 6);
	/* The forged ones first: theirs is not what the others get. */
	feed(f, fds[10], first + 10);
	feed(f, fds[11], first + 11);
	for (; space < first + 10; space++)
		feed(f, fds[space - first], space);
	feed(f, fds[12], first + 12);
	feeder_counts(f, &counts);
	assert_int_equal(counts.failed, 0);
	assert_int_equal(counts.built, 3 + has_table(HP_SPACE_VDSO));
	assert_int_equal(counts.shared, 10);
	for (int i = 1; i < 10; i++)
		assert_true(same_table(first, first + (uint32_t)i));
	assert_true(same_table(first, first + 12));
	assert_false(same_table(first, first + 10));
	assert_false(same_table(first, first + 11));
	/* A file that changes after its table was built is not what others are compared with. */
	assert_int_equal(
		pwrite(fds[0], "\x90", 1, place_of(fds[0], ".text", restorer, sizeof(restorer))),
		1);
	feed(f, fds[0], first + 13);
	assert_true(same_table(first + 11, first + 13));
	feeder_free(f);
	for (int i = 0; i < 13; i++)
		close(fds[i]);
	close(libc);
}

/* Nobody is sent away for one that has no room anyway. */
static void test_too_large(void **state)
{
	int small = open_libc(), large = -1;
	struct feeder_counts counts;
	struct unwind_table table;
	struct feeder *f;

	(void)state;
	for (const char **path = (const char *[]){"/usr/bin/gdb", "/usr/lib/llvm-14/bin/clang",
						  "/usr/lib/x86_64-linux-gnu/libLLVM-14.so.1",
						  "/usr/lib/gcc/x86_64-linux-gnu/12/cc1", NULL};
	     *path && large < 0; path++) {
		large = open(*path, O_RDONLY | O_CLOEXEC);
		if (large < 0 || unwind_table_read(large, &table))
			continue;
		if (table.blob.bytes.len <= MIB) {
			close(large);
			large = -1;
		}
		unwind_table_done(&table);
	}
	if (large < 0)
		skip();
	assert_int_equal(feeder_new(&maps, MIB, &f), 0);
	feed(f, small, HP_SPACE_FIRST);
	feed(f, large, HP_SPACE_FIRST + 1);
	feeder_counts(f, &counts);
	assert_int_equal(counts.failed, 1);
	assert_int_equal(counts.evicted, 0);
	assert_true(has_table(HP_SPACE_FIRST));
	/* Not "has none", for which the walk would try frame pointers. */
	assert_memory_equal(&kernel.tables[HP_SPACE_FIRST + 1], &(struct hp_unwind_table){0},
			    sizeof(struct hp_unwind_table));
	feeder_free(f);
	close(small);
	close(large);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_chunks, set_up),
		cmocka_unit_test_setup(test_guard, set_up),
		cmocka_unit_test_setup(test_eviction, set_up),
		cmocka_unit_test_setup(test_eviction_of_shared, set_up),
		cmocka_unit_test_setup(test_content, set_up),
		cmocka_unit_test_setup(test_too_large, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
