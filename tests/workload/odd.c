// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Programs whose allocations are hard to follow; each prints as alloc.c does.
 *
 *   odd exec              allocates at odd_before(), then becomes another program that does at
 *                         odd_after()
 *   odd dlopen LIBRARY    allocates by a library's malloc that it loads, and waits for 0.6 s
 *   odd jump              has an allocator of its own, linked in (see JUMP below), whose malloc
 *                         often does not return: it jumps out, or ends the thread
 */
#include <dlfcn.h>
#include <pthread.h>
#include <setjmp.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "workload.h"

#define TIMES 500UL

static void *volatile sink;

#ifdef JUMP
/* Blocks of 64 bytes, each used once. */
static char memory[16 << 20] __attribute__((aligned(64)));
static size_t used;
static __thread jmp_buf *jump_to;
static __thread int end_thread;

NOINLINE void *malloc(size_t size)
{
	size_t blocks = (size + 63) / 64;
	size_t at = __atomic_fetch_add(&used, blocks ? blocks : 1, __ATOMIC_RELAXED);

	if (jump_to)
		longjmp(*jump_to, 1);
	if (end_thread) {
		end_thread = 0; /* it allocates on its way */
		pthread_exit(NULL);
	}
	return (at + blocks) * 64 <= sizeof(memory) ? memory + at * 64 : NULL;
}

NOINLINE void free(void *p)
{
	__asm__ volatile("" ::"r"(p));
}

NOINLINE void *calloc(size_t n, size_t size)
{
	return malloc(n * size); /* never used before: zero */
}

NOINLINE void *realloc(void *p, size_t size)
{
	void *q = malloc(size);

	if (p && q)
		memcpy(q, p, size < 64 ? size : 64);
	return q;
}

static NOINLINE void odd_jump(void)
{
	jmp_buf here;

	if (!setjmp(here)) {
		jump_to = &here;
		sink = malloc(40);
	}
	jump_to = NULL;
}

static NOINLINE void *odd_end(void *arg)
{
	end_thread = 1;
	sink = malloc(40);
	return arg;
}

static NOINLINE void odd_normal(void)
{
	sink = malloc(50);
}

static NOINLINE void *plain_end(void *arg)
{
	pthread_exit(arg);
}

static void run_jump(void)
{
	pthread_t thread;

	/* The first that ends so loads a library, by malloc, which is none of odd_end's. */
	pthread_create(&thread, NULL, plain_end, NULL);
	pthread_join(thread, NULL);
	for (unsigned long i = 0; i < TIMES; i++) {
		odd_jump();
		odd_normal();
		if (i % 10)
			continue;
		pthread_create(&thread, NULL, odd_end, NULL);
		pthread_join(thread, NULL);
	}
	printf("odd_normal %lu %lu %lu %lu\n", TIMES, 50 * TIMES, TIMES, 50 * TIMES);
	printf("odd_jump 0 0 0 0\n");
	printf("odd_end 0 0 0 0\n");
}
#else
static void run_jump(void)
{
	exit(2);
}
#endif

static NOINLINE void odd_before(void)
{
	for (unsigned long i = 0; i < TIMES; i++)
		sink = malloc(300);
}

static NOINLINE void odd_after(void)
{
	for (unsigned long i = 0; i < TIMES; i++)
		sink = malloc(30);
	printf("odd_before %lu %lu 0 0\n", TIMES, 300 * TIMES);
	printf("odd_after %lu %lu %lu %lu\n", TIMES, 30 * TIMES, TIMES, 30 * TIMES);
}

static NOINLINE void odd_loaded(void *(*allocate)(size_t), void (*give_back)(void *))
{
	for (unsigned long i = 0; i < TIMES; i++) {
		sink = allocate(500);
		if (i % 2)
			give_back(sink);
	}
	printf("odd_loaded %lu %lu %lu %lu\n", TIMES, 500 * TIMES, TIMES / 2, 250 * TIMES);
}

static void run_dlopen(const char *path)
{
	void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	void *(*allocate)(size_t);
	void (*give_back)(void *);

	if (!library)
		exit(1);
	*(void **)&allocate = dlsym(library, "malloc");
	*(void **)&give_back = dlsym(library, "free");
	usleep(600000);
	odd_loaded(allocate, give_back);
}

int main(int argc, char **argv)
{
	static char out[4096]; /* lest printf() allocates one */
	const char *mode = argc > 1 ? argv[1] : "";

	setvbuf(stdout, out, _IOFBF, sizeof(out));
	usleep(100000);
	if (!strcmp(mode, "exec")) {
		odd_before();
		execl("/proc/self/exe", argv[0], "after", (char *)NULL);
		return 1;
	}
	if (!strcmp(mode, "after"))
		odd_after();
	else if (!strcmp(mode, "dlopen") && argc > 2)
		run_dlopen(argv[2]);
	else if (!strcmp(mode, "jump"))
		run_jump();
	else
		return 2;
	return 0;
}
