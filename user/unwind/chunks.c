// SPDX-License-Identifier: GPL-2.0-or-later
#include "unwind/chunks.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "hostprof/unwind.h"

void chunks_init(struct chunks *a, int outer_fd, uint64_t cap)
{
	*a = (struct chunks){.outer_fd = outer_fd, .cap = cap};
}

void chunks_done(struct chunks *a)
{
	int *fd;

	vec_each(fd, &a->chunks)
		close(*fd);
	vec_done(&a->chunks);
	vec_done(&a->free);
}

uint64_t chunks_bytes(const struct chunks *a)
{
	return (uint64_t)a->chunks.n * HP_ARENA_CHUNK;
}

static uint32_t rounded(size_t size)
{
	return (uint32_t)(size + HP_ARENA_ALIGN - 1) / HP_ARENA_ALIGN * HP_ARENA_ALIGN;
}

static int add_chunk(struct chunks *a)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_MMAPABLE);
	uint32_t number = (uint32_t)a->chunks.n;
	int fd;

	if (number >= HP_ARENA_CHUNKS || chunks_bytes(a) + HP_ARENA_CHUNK > a->cap)
		return -ENOSPC;
	fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "hp_arena_chunk", sizeof(uint32_t),
			    HP_ARENA_CHUNK + HP_ARENA_GUARD, 1, &opts);
	if (fd < 0)
		return -errno;
	if (bpf_map_update_elem(a->outer_fd, &number, &fd, BPF_ANY)) {
		int err = -errno;

		close(fd);
		return err;
	}
	vec_push(&a->chunks, fd);
	return 0;
}

/* Adds free room; joins it with neighbours of the same chunk. */
static void give_back(struct chunks *a, struct chunks_extent room)
{
	for (size_t i = 0; i < a->free.n;) {
		struct chunks_extent *other = &a->free.at[i];
		bool before = other->at + other->size == room.at && room.at % HP_ARENA_CHUNK;
		bool after = room.at + room.size == other->at && other->at % HP_ARENA_CHUNK;

		if (!before && !after) {
			i++;
			continue;
		}
		if (before)
			room.at = other->at;
		room.size += other->size;
		*other = a->free.at[--a->free.n];
		i = 0;
	}
	if (room.size)
		vec_push(&a->free, room);
}

/* Room for up to a chunk: the first extent that is large enough, else a new chunk. */
static int take_small(struct chunks *a, uint32_t size, uint32_t *ret_at)
{
	struct chunks_extent *room;
	int err;

	vec_each(room, &a->free) {
		if (room->size < size)
			continue;
		*ret_at = room->at;
		room->at += size;
		room->size -= size;
		if (!room->size)
			*room = a->free.at[--a->free.n];
		return 0;
	}
	err = add_chunk(a);
	if (err)
		return err;
	*ret_at = (uint32_t)(a->chunks.n - 1) << HP_ARENA_SHIFT;
	give_back(a, (struct chunks_extent){*ret_at + size, HP_ARENA_CHUNK - size});
	return 0;
}

static struct chunks_extent *whole_chunk(struct chunks *a, uint32_t number)
{
	struct chunks_extent *room;

	vec_each(room, &a->free)
		if (room->at == number << HP_ARENA_SHIFT && room->size == HP_ARENA_CHUNK)
			return room;
	return NULL;
}

/* Chunks in a row for a large blob: free ones, or new ones at the end. */
static int take_large(struct chunks *a, size_t size, uint32_t *ret_at)
{
	uint32_t want = (uint32_t)((size + HP_ARENA_CHUNK - 1) >> HP_ARENA_SHIFT);
	uint32_t first = 0, have = 0, tail;
	int err;

	for (uint32_t i = 0; i < a->chunks.n && have < want; i++) {
		have = whole_chunk(a, i) ? have + 1 : 0;
		first = have ? i + 1 - have : i + 1;
	}
	for (uint32_t i = 0; i < have; i++) {
		struct chunks_extent *room = whole_chunk(a, first + i);

		/* It may be the last of the list itself. */
		*room = a->free.at[a->free.n - 1];
		a->free.n--;
	}
	for (; have < want; have++) {
		err = add_chunk(a);
		if (err) {
			chunks_drop(a, first << HP_ARENA_SHIFT, (size_t)have << HP_ARENA_SHIFT);
			return err;
		}
	}
	*ret_at = first << HP_ARENA_SHIFT;
	tail = (want << HP_ARENA_SHIFT) - rounded(size);
	if (tail)
		give_back(a, (struct chunks_extent){*ret_at + rounded(size), tail});
	return 0;
}

/* One chunk's part of a blob, with as much of the next part as the guard holds. */
static int write_chunk(const struct chunks *a, uint32_t at, const char *from, size_t size)
{
	size_t bytes = HP_ARENA_CHUNK + HP_ARENA_GUARD, inside = at & (HP_ARENA_CHUNK - 1);
	char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
			    a->chunks.at[at >> HP_ARENA_SHIFT], 0);

	if (memory == MAP_FAILED)
		return -errno;
	memcpy(memory + inside, from, size < bytes - inside ? size : bytes - inside);
	munmap(memory, bytes);
	return 0;
}

int chunks_put(struct chunks *a, const void *blob, size_t size, uint32_t *ret_at)
{
	uint32_t at;
	int err;

	if (!size || size > (size_t)HP_ARENA_CHUNKS << HP_ARENA_SHIFT)
		return -EFBIG;
	err = size <= HP_ARENA_CHUNK ? take_small(a, rounded(size), &at) : take_large(a, size, &at);
	if (err)
		return err;
	for (size_t done = 0; done < size && !err; done += HP_ARENA_CHUNK)
		err = write_chunk(a, at + (uint32_t)done, (const char *)blob + done, size - done);
	if (err) {
		chunks_drop(a, at, size);
		return err;
	}
	*ret_at = at;
	return 0;
}

void chunks_drop(struct chunks *a, uint32_t at, size_t size)
{
	uint32_t left = rounded(size);

	while (left) {
		uint32_t room = HP_ARENA_CHUNK - (at & (HP_ARENA_CHUNK - 1));
		uint32_t part = left < room ? left : room;

		give_back(a, (struct chunks_extent){at, part});
		at += part;
		left -= part;
	}
}
