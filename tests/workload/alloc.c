// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Asks its allocator for known amounts at known stacks, and prints what: one line a function,
 *
 *   NAME ALLOCATED-OBJECTS ALLOCATED-BYTES OBJECTS-LEFT BYTES-LEFT
 *
 *   alloc [ROUNDS] [SECONDS]    each function ROUNDS times (1000); waits SECONDS before (0)
 *
 * A reallocation is an allocation of its new size, and the end of the old block.
 */
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "workload.h"

#define ALIGN 64

struct truth {
	unsigned long objects, bytes, left, bytes_left;
};

/* What keeps the compiler from seeing through it. */
static void *volatile sink;
static void **blocks;
static unsigned long rounds = 1000;

static void count(struct truth *t, size_t bytes, bool left)
{
	t->objects++;
	t->bytes += bytes;
	t->left += left;
	t->bytes_left += left ? bytes : 0;
}

/* Sizes from tiny to what is mapped on its own. */
static size_t size_of(unsigned long i)
{
	static const size_t sizes[] = {1, 16, 24, 100, 256, 1000, 4096, 10000, 70000, 300000};

	return sizes[i % (sizeof(sizes) / sizeof(sizes[0]))];
}

#define SITE(name, ask)                                                                            \
	static NOINLINE void site_##name(struct truth *t)                                          \
	{                                                                                          \
		for (unsigned long i = 0; i < rounds; i++) {                                       \
			size_t size = size_of(i);                                                  \
			void *p = NULL;                                                            \
                                                                                                   \
			ask;                                                                       \
			sink = p;                                                                  \
			count(t, size, i % 4 == 0);                                                \
			if (i % 4)                                                                 \
				free(p);                                                           \
		}                                                                                  \
	}

SITE(malloc, p = malloc(size))
SITE(calloc, size = (size + 7) / 8 * 8; p = calloc(size / 8, 8))
SITE(realloc_null, p = realloc(NULL, size))
SITE(reallocarray, size = (size + 7) / 8 * 8; p = reallocarray(NULL, size / 8, 8))
SITE(posix_memalign, if (posix_memalign(&p, ALIGN, size)) abort())
SITE(aligned_alloc, size = (size + ALIGN - 1) / ALIGN * ALIGN; p = aligned_alloc(ALIGN, size))
SITE(memalign, p = memalign(ALIGN, size))
SITE(valloc, p = valloc(size))

/* From 100 bytes to 100,000 in steps; one in four is left. */
static NOINLINE void site_realloc(struct truth *t)
{
	for (unsigned long i = 0; i < rounds; i++) {
		void *p = malloc(100);

		count(t, 100, false);
		for (size_t size = 1000; size <= 100000; size *= 10) {
			p = realloc(p, size);
			sink = p;
			count(t, size, size == 100000 && i % 4 == 0);
		}
		if (i % 4)
			free(p);
	}
}

/* Too much: fails, and what was there stays. */
static NOINLINE void site_failing(struct truth *t)
{
	for (unsigned long i = 0; i < rounds; i++) {
		volatile size_t much = ((size_t)1 << 47) - (1 << 20); /* all there is */
		void *p = malloc(500), *q;

		count(t, 500, true);
		q = realloc(p, much);
		if (q || malloc(much))
			abort();
		sink = p;
	}
}

static NOINLINE void site_threads(struct truth *t)
{
	for (unsigned long i = 0; i < rounds; i++) {
		blocks[i] = malloc(2000);
		count(t, 2000, false);
	}
}

static void *free_all(void *arg)
{
	for (unsigned long i = 0; i < rounds; i++)
		free(blocks[i]);
	return arg;
}

/* The child frees what it inherits; the parent has it still. */
static NOINLINE void site_fork(struct truth *t)
{
	for (unsigned long i = 0; i < rounds; i++) {
		blocks[i] = malloc(700);
		count(t, 700, true);
	}
	if (!fork()) {
		free_all(NULL);
		_exit(0);
	}
	wait(NULL);
}

static void print(const char *name, const struct truth *t)
{
	printf("%s %lu %lu %lu %lu\n", name, t->objects, t->bytes, t->left, t->bytes_left);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(struct truth *t);
	} sites[] = {
		{"site_malloc", site_malloc},
		{"site_calloc", site_calloc},
		{"site_realloc_null", site_realloc_null},
		{"site_reallocarray", site_reallocarray},
		{"site_posix_memalign", site_posix_memalign},
		{"site_aligned_alloc", site_aligned_alloc},
		{"site_memalign", site_memalign},
		{"site_valloc", site_valloc},
		{"site_realloc", site_realloc},
		{"site_failing", site_failing},
		{"site_threads", site_threads},
		{"site_fork", site_fork},
	};
	struct truth truths[sizeof(sites) / sizeof(sites[0])] = {0};
	pthread_t thread;

	rounds = (unsigned long)arg_number(argc, argv, 1, 1000, 1e7);
	usleep((useconds_t)(1e6 * arg_number(argc, argv, 2, 0, 60)));
	blocks = calloc(rounds, sizeof(*blocks));
	for (size_t i = 0; i < sizeof(sites) / sizeof(sites[0]); i++) {
		sites[i].run(&truths[i]);
		if (sites[i].run == site_threads) {
			pthread_create(&thread, NULL, free_all, NULL);
			pthread_join(thread, NULL);
		}
	}
	for (size_t i = 0; i < sizeof(sites) / sizeof(sites[0]); i++)
		print(sites[i].name, &truths[i]);
	return 0;
}
