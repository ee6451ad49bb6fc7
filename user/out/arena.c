// SPDX-License-Identifier: GPL-2.0-or-later
#include "out/arena.h"

#define BLOCK (1u << 20)
#define ALIGN 16u

static void *take(void *data, size_t size)
{
	struct arena *a = data;
	void *p;

	size = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	if (size > a->limit || a->used > a->limit - size) {
		a->used = a->limit + 1;
		return NULL;
	}
	a->used += size;
	if (size > BLOCK / 4) { /* a block of its own: the current one stays in use */
		p = mem_alloc(size);
		vec_push(&a->blocks, p);
		return p;
	}
	if (size > a->left) {
		a->at = mem_alloc(BLOCK);
		a->left = BLOCK;
		vec_push(&a->blocks, a->at);
	}
	p = a->at;
	a->at += size;
	a->left -= size;
	return p;
}

static void give_back(void *data, void *p)
{
	(void)data;
	(void)p;
}

void arena_init(struct arena *a, size_t limit)
{
	*a = (struct arena){.limit = limit};
	a->allocator.alloc = take;
	a->allocator.free = give_back;
	a->allocator.allocator_data = a;
}

void arena_done(struct arena *a)
{
	void **block;

	vec_each(block, &a->blocks)
		free(*block);
	vec_done(&a->blocks);
}
