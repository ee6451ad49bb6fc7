/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOST_FAKE_H
#define HOST_FAKE_H
/*
 * The kernel, as far as the unwinder can see it: kernel memory is memory of the test that was
 * registered, user memory is one buffer at a chosen address, maps are short lists, the ring is a
 * buffer that can be made to refuse. Reads outside fail as they do in the kernel.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/hp.bpf.h"

/* The arena of unwind tables, one chunk of it, for unwind/table.bpf.h. */
static const char *hp_arena_chunk(__u32 chunk) __attribute__((unused));
#include "lib/maps.bpf.h"

#define FAKE_REGIONS 4096
#define FAKE_USERS   4
#define FAKE_ENTRIES 256

struct fake_region {
	const char *start;
	size_t size;
};

struct fake_user {
	__u64 start; /* in the process */
	const char *memory;
	size_t size;
};

struct fake_entry {
	void *map;
	char key[32], value[32];
};

static struct {
	struct fake_region regions[FAKE_REGIONS];
	size_t n_regions;
	struct fake_user users[FAKE_USERS];
	size_t n_users;
	struct fake_entry entries[FAKE_ENTRIES];
	size_t n_entries;
	__u32 next_binary;			/* hp_next_binary, an array */
	struct hp_unwind_table tables[1 << 16]; /* hp_tables, an array */
	char arena[HP_ARENA_CHUNK + HP_ARENA_GUARD] __attribute__((aligned(8)));
	bool ring_full;
	struct task_struct *task; /* the current one */
	const char *has_field;	  /* the one that not all kernels have and this one does, or NULL */
	char ring[8192] __attribute__((aligned(8))); /* the last record */
	size_t ring_size, ring_records;
} fake;

static const char *hp_arena_chunk(__u32 chunk)
{
	return chunk ? NULL : fake.arena;
}

bool fake_field_exists(const char *field)
{
	return fake.has_field && strstr(field, fake.has_field);
}

static inline void fake_reset(void)
{
	memset(&fake, 0, sizeof(fake));
}

static inline void *fake_kernel(void *memory, size_t size)
{
	assert_true(fake.n_regions < FAKE_REGIONS);
	fake.regions[fake.n_regions++] = (struct fake_region){memory, size};
	return memory;
}

static inline void fake_user(__u64 start, const void *memory, size_t size)
{
	assert_true(fake.n_users < FAKE_USERS);
	fake.users[fake.n_users++] = (struct fake_user){start, memory, size};
}

static inline bool fake_readable(const void *from, size_t size)
{
	for (size_t i = 0; i < fake.n_regions; i++) {
		const struct fake_region *region = &fake.regions[i];
		uintptr_t at = (uintptr_t)from - (uintptr_t)region->start;

		if ((uintptr_t)from >= (uintptr_t)region->start && at < region->size &&
		    size <= region->size - at)
			return true;
	}
	return false;
}

long bpf_probe_read_kernel(void *to, __u32 size, const void *from)
{
	if (!fake_readable(from, size)) {
		memset(to, 0, size);
		return -EFAULT;
	}
	memcpy(to, from, size);
	return 0;
}

long bpf_probe_read_user(void *to, __u32 size, const void *from)
{
	for (size_t i = 0; i < fake.n_users; i++) {
		const struct fake_user *user = &fake.users[i];
		__u64 at = (__u64)from - user->start;

		if ((__u64)from >= user->start && at < user->size && size <= user->size - at) {
			memcpy(to, user->memory + at, size);
			return 0;
		}
	}
	memset(to, 0, size);
	return -EFAULT;
}

long bpf_probe_read_kernel_str(void *to, __u32 size, const void *from)
{
	size_t n = 0;

	while (n + 1 < size && fake_readable((const char *)from + n, 1) && ((const char *)from)[n])
		n++;
	if (!fake_readable(from, 1))
		return -EFAULT;
	memcpy(to, from, n);
	((char *)to)[n] = '\0';
	return (long)n + 1;
}

static inline size_t fake_key_size(void *map)
{
	return map == (void *)&hp_binaries ? sizeof(struct hp_binary_key) : sizeof(__u64);
}

static inline size_t fake_value_size(void *map)
{
	return map == (void *)&hp_seen ? sizeof(__u8) : sizeof(__u32);
}

void *bpf_map_lookup_elem(void *map, const void *key)
{
	if (map == (void *)&hp_next_binary)
		return &fake.next_binary;
	if (map == (void *)&hp_tables)
		return &fake.tables[*(const __u32 *)key & 0xffff];
	for (size_t i = 0; i < fake.n_entries; i++)
		if (fake.entries[i].map == map &&
		    !memcmp(fake.entries[i].key, key, fake_key_size(map)))
			return fake.entries[i].value;
	return NULL;
}

long bpf_map_update_elem(void *map, const void *key, const void *value, __u64 flags)
{
	void *known = bpf_map_lookup_elem(map, key);
	struct fake_entry *entry = &fake.entries[fake.n_entries];

	if (known && flags == BPF_NOEXIST)
		return -EEXIST;
	if (!known && fake.n_entries == FAKE_ENTRIES)
		return -E2BIG;
	if (!known) {
		entry->map = map;
		memcpy(entry->key, key, fake_key_size(map));
		known = entry->value;
		fake.n_entries++;
	}
	memcpy(known, value, fake_value_size(map));
	return 0;
}

long bpf_map_delete_elem(void *map, const void *key)
{
	for (size_t i = 0; i < fake.n_entries; i++)
		if (fake.entries[i].map == map &&
		    !memcmp(fake.entries[i].key, key, fake_key_size(map))) {
			fake.entries[i] = fake.entries[--fake.n_entries];
			return 0;
		}
	return -ENOENT;
}

__u64 bpf_get_current_task(void)
{
	return (__u64)fake.task;
}

long bpf_ringbuf_output(void *ring, void *data, __u64 size, __u64 flags)
{
	(void)ring;
	(void)flags;
	if (fake.ring_full)
		return -EAGAIN;
	assert_true(size <= sizeof(fake.ring));
	memcpy(fake.ring, data, size);
	fake.ring_size = size;
	fake.ring_records++;
	return 0;
}

__u64 bpf_ringbuf_query(void *ring, __u64 flags)
{
	(void)ring;
	(void)flags;
	return 0;
}

#endif
