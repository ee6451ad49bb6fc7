// SPDX-License-Identifier: GPL-2.0-or-later
#include "binaries.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include "unwind/tables.h"
#include "util/mem.h"

#define STRIDE	   ((size_t)HP_ARENA_CHUNK + HP_ARENA_GUARD)
#define ARENA_SIZE (STRIDE * HP_ARENA_CHUNKS)
#define VDSO_MAX   (16 * 4096) /* bytes; the image has two or three pages */
#define NO_TABLE   ((struct hp_unwind_table){.first = 1}) /* as the feeder says it */

const char *binaries_chunk(const struct binaries *b, uint32_t chunk)
{
	return chunk < HP_ARENA_CHUNKS ? b->arena + chunk * STRIDE : NULL;
}

/* Up to a chunk in one piece, more from a chunk's start: the arena's rules. */
static uint32_t arena_place(struct binaries *b, size_t size)
{
	uint32_t room = HP_ARENA_CHUNK - (b->next & (HP_ARENA_CHUNK - 1)), at;

	if (size > room)
		b->next += room;
	at = b->next;
	b->next += (uint32_t)(size + HP_ARENA_ALIGN - 1) / HP_ARENA_ALIGN * HP_ARENA_ALIGN;
	return at;
}

static struct hp_unwind_table put_table(struct binaries *b, const struct unwind_table *t)
{
	struct hp_unwind_table table = t->blob.table;
	const char *from = t->blob.bytes.data;
	size_t size = t->blob.bytes.len;

	table.at = arena_place(b, size);
	for (size_t done = 0; done < size;) {
		uint32_t at = table.at + (uint32_t)done, in = at & (HP_ARENA_CHUNK - 1);
		size_t n = HP_ARENA_CHUNK - in;

		if (n > size - done)
			n = size - done;
		memcpy(b->arena + (at >> HP_ARENA_SHIFT) * STRIDE + in, from + done, n);
		done += n;
	}
	return table;
}

static void read_vdso(struct binaries *b)
{
	struct unwind_table table;
	unsigned long start, end, at = getauxval(AT_SYSINFO_EHDR);
	char line[512];
	FILE *maps = fopen("/proc/self/maps", "re");

	while (maps && fgets(line, sizeof(line), maps))
		if (sscanf(line, "%lx-%lx", &start, &end) == 2 && start == at &&
		    end - start <= VDSO_MAX) {
			b->vdso = (const char *)at;
			b->vdso_size = end - start;
		}
	if (maps)
		fclose(maps);
	if (!b->vdso)
		return;
	b->vdso_fd = memfd_create("vdso", MFD_CLOEXEC);
	if (b->vdso_fd >= 0 && write(b->vdso_fd, b->vdso, b->vdso_size) != (ssize_t)b->vdso_size)
		b->vdso = NULL;
	if (b->vdso && !unwind_table_read_memory(b->vdso, b->vdso_size, &table)) {
		b->vdso_table = put_table(b, &table);
		unwind_table_done(&table);
	}
}

int binaries_init(struct binaries *b)
{
	void *arena = mmap(NULL, ARENA_SIZE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (arena == MAP_FAILED)
		return -errno;
	*b = (struct binaries){.arena = arena, .vdso_fd = -1, .vdso_table = NO_TABLE};
	read_vdso(b);
	return 0;
}

void binaries_done(struct binaries *b)
{
	struct binary *file;

	vec_each(file, &b->all) {
		free(file->path);
		if (file->is_elf)
			elf_file_done(&file->elf);
		if (file->fd >= 0)
			close(file->fd);
	}
	vec_done(&b->all);
	if (b->vdso_fd >= 0)
		close(b->vdso_fd);
	munmap(b->arena, ARENA_SIZE);
}

static void open_binary(struct binaries *b, struct binary *file, const struct binary_key *key)
{
	char link[128];
	struct unwind_table table;
	int err;

	snprintf(link, sizeof(link), "/proc/%d/map_files/%lx-%lx", key->pid,
		 (unsigned long)key->start, (unsigned long)key->end);
	file->fd = open(link, O_RDONLY | O_CLOEXEC);
	if (file->fd < 0)
		file->fd = open(key->path, O_RDONLY | O_CLOEXEC);
	if (file->fd < 0)
		return;
	file->is_elf = !elf_file_init(&file->elf, file->fd);
	err = unwind_table_read(file->fd, &table);
	if (err) {
		if (err != -ENODATA)
			fprintf(stderr, "%s: no unwind table: %s\n", key->path, strerror(-err));
		return;
	}
	file->table = put_table(b, &table);
	unwind_table_done(&table);
}

uint32_t binaries_find(struct binaries *b, const struct binary_key *key)
{
	struct binary file = {.dev = key->dev, .inode = key->inode, .fd = -1, .table = NO_TABLE};

	for (size_t i = 0; i < b->all.n; i++)
		if (b->all.at[i].dev == key->dev && b->all.at[i].inode == key->inode &&
		    !strcmp(b->all.at[i].path, key->path))
			return (uint32_t)i;
	file.path = mem_strdup(key->path);
	vec_push(&b->all, file);
	open_binary(b, &b->all.at[b->all.n - 1], key);
	return (uint32_t)b->all.n - 1;
}
