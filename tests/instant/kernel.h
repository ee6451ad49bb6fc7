/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef INSTANT_KERNEL_H
#define INSTANT_KERNEL_H
/*
 * The kernel as the stack walk sees it, over one sample: kernel memory is the structures that
 * walker.c makes for the process, user memory is the sample's copy of the stack and nothing else,
 * maps are arrays. Reads outside fail as they do in the kernel.
 *
 * It takes the place of tests/host/fake.h for the tree builder of tests/host/maple.h.
 */
#define HOST_FAKE_H
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/hp.bpf.h"

static const char *hp_arena_chunk(__u32 chunk);
#include "lib/maps.bpf.h"

#define KERNEL_REGIONS 32768
#define KERNEL_BELOW   512  /* bytes below the stack pointer, its red zone and more */
#define KERNEL_POISON  0xa5 /* in every byte: not canonical */

struct kernel_region {
	const char *start;
	size_t size;
};

struct kernel_space { /* the memory of one process's structures */
	struct kernel_region *regions;
	size_t n;
};

static struct {
	struct kernel_space *space;
	const char *stack; /* user memory */
	__u64 stack_start;
	size_t stack_size;
	__u64 failed; /* where the last word was that could not be read */
	struct hp_unwind_table tables[1 << 16];
	__u32 ids[1 << 16]; /* of binaries: their inode number */
	const struct binaries *binaries;
} kernel;

static inline void *fake_kernel(void *memory, size_t size)
{
	if (kernel.space->n == KERNEL_REGIONS)
		abort();
	kernel.space->regions[kernel.space->n++] = (struct kernel_region){memory, size};
	return memory;
}

/* Nothing that only some kernels have: mappings in a maple tree, found anew by each walk. */
bool fake_field_exists(const char *field)
{
	(void)field;
	return false;
}

long bpf_probe_read_kernel(void *to, __u32 size, const void *from)
{
	for (size_t i = 0; i < kernel.space->n; i++) {
		const struct kernel_region *region = &kernel.space->regions[i];
		size_t at = (size_t)((uintptr_t)from - (uintptr_t)region->start);

		if ((uintptr_t)from >= (uintptr_t)region->start && at < region->size &&
		    size <= region->size - at) {
			memcpy(to, from, size);
			return 0;
		}
	}
	memset(to, 0, size);
	return -EFAULT;
}

/*
 * Perf copies nothing below the stack pointer, where the process has memory, and where call frame
 * information still has registers right behind a `pop`. It reads as what no address is: a walk
 * that needs it must go wrong.
 */
long bpf_probe_read_user(void *to, __u32 size, const void *from)
{
	__u64 start = kernel.stack_start - KERNEL_BELOW, at = (__u64)from - start, below = 0;

	if ((__u64)from < start || at > kernel.stack_size + KERNEL_BELOW ||
	    size > kernel.stack_size + KERNEL_BELOW - at) {
		memset(to, 0, size);
		kernel.failed = (__u64)from;
		return -EFAULT;
	}
	if (at < KERNEL_BELOW) {
		below = KERNEL_BELOW - at < size ? KERNEL_BELOW - at : size;
		memset(to, KERNEL_POISON, below);
	}
	memcpy((char *)to + below, kernel.stack + at + below - KERNEL_BELOW, size - below);
	return 0;
}

/* Nobody: where the process has its thread-local memory is not in a sample. */
__u64 bpf_get_current_task(void)
{
	static struct task_struct nobody;

	return (__u64)&nobody;
}

/* Paths are told only at the first sight of a file, and all files are known here. */
long bpf_probe_read_kernel_str(void *to, __u32 size, const void *from)
{
	(void)to;
	(void)size;
	(void)from;
	return -EFAULT;
}

void *bpf_map_lookup_elem(void *map, const void *key)
{
	if (map == (void *)&hp_tables)
		return &kernel.tables[*(const __u32 *)key & 0xffff];
	if (map == (void *)&hp_binaries)
		return &kernel.ids[((const struct hp_binary_key *)key)->inode & 0xffff];
	return NULL;
}

long bpf_map_update_elem(void *map, const void *key, const void *value, __u64 flags)
{
	(void)map;
	(void)key;
	(void)value;
	(void)flags;
	return -E2BIG;
}

long bpf_map_delete_elem(void *map, const void *key)
{
	(void)map;
	(void)key;
	return -ENOENT;
}

long bpf_ringbuf_output(void *ring, void *data, __u64 size, __u64 flags)
{
	(void)ring;
	(void)data;
	(void)size;
	(void)flags;
	return -EAGAIN;
}

__u64 bpf_ringbuf_query(void *ring, __u64 flags)
{
	(void)ring;
	(void)flags;
	return 0;
}

#endif
