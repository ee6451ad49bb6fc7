// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Burns CPU at the end of call chains that are known, for a number of seconds:
 *
 *   frames deep SECONDS DEPTH     DEPTH + 1 frames of deep() below main
 *   frames signal SECONDS         in a handler, on the stack of what it interrupted
 *   frames altstack SECONDS       the same, on a stack of its own
 *   frames first SECONDS          interrupted by a fault at the first byte of a function
 *   frames threads SECONDS        in four threads
 *   frames dlopen SECONDS LIB     called back by the library LIB
 *   frames swap SECONDS LIB LIB   in two libraries by turns, each unloaded before the next
 *   frames churn SECONDS          in deep(), while a thread maps and unmaps without pause
 *   frames clock SECONDS          mostly in the vDSO
 *   frames vfork SECONDS          in vfork, and in the child that has its parent's memory
 *   frames context SECONDS        coroutines of makecontext(), which give way to each other
 *   frames spawn SECONDS          starting programs and threads that end at once
 *   frames alloca SECONDS         frames of changing size, large alignment, many arguments
 *
 * Compiled without frame pointers. Nothing here may be inlined, and no call may become a jump.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#if defined(__clang__)
#define KEEP __attribute__((noinline, optnone))
#else
#define KEEP __attribute__((noipa))
#endif
#define BEHIND(x) __asm__ volatile("" : "+r"(x)) /* something to do after the call */

static double end;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

KEEP long spin(long n)
{
	while (now() < end)
		for (long i = 0; i < 300000; i++) {
			n += i;
			BEHIND(n);
		}
	return n;
}

KEEP long deep(long n)
{
	long below = n ? deep(n - 1) : spin(n);

	BEHIND(below);
	return below + 1;
}

KEEP long many(long a, long b, long c, long d, long e, long f, long g, long h, long *sum);

/* A frame whose size only the frame pointer knows, aligned to more than the ABI's 16 bytes. */
KEEP long dynamic(long n)
{
	long sum[8] __attribute__((aligned(64)));
	char *room = __builtin_alloca((size_t)(n * 40 + 8));

	memset(room, (int)n, (size_t)(n * 40 + 8));
	memset(sum, 0, sizeof(sum));
	sum[0] = many(n, 1, 2, 3, 4, 5, 6, room[0], sum);
	BEHIND(sum[0]);
	return sum[0] + sum[7];
}

KEEP long many(long a, long b, long c, long d, long e, long f, long g, long h, long *sum)
{
	long n = a ? dynamic(a - 1) : spin(b);

	BEHIND(n);
	sum[7] = c + d + e + f + g + h;
	return n;
}

static void handle(int number)
{
	long n = spin(number);

	BEHIND(n);
	_exit(n == -1); /* behind it the fault would come again */
}

KEEP long interrupted(long n)
{
	n += raise(SIGUSR1);
	BEHIND(n);
	return n;
}

/* ud2 is its first instruction: what was interrupted begins at the very address. */
__asm__(".pushsection .text\n.globl first_byte\n.type first_byte, @function\n.p2align 4\n"
	"first_byte:\n.cfi_startproc\nud2\nret\n.cfi_endproc\n.size first_byte, .-first_byte\n"
	".popsection");
long first_byte(void);

static int run_signal(int number, bool on_own)
{
	static char stack[1 << 16];
	stack_t other = {.ss_sp = stack, .ss_size = sizeof(stack)};
	struct sigaction action = {.sa_handler = handle, .sa_flags = on_own ? SA_ONSTACK : 0};
	long n;

	if (on_own && sigaltstack(&other, NULL))
		return 1;
	sigaction(number, &action, NULL);
	n = number == SIGILL ? first_byte() : interrupted(1);
	BEHIND(n);
	return n == -1;
}

static void *run_thread(void *arg)
{
	long n = deep(3);

	BEHIND(n);
	return n ? arg : NULL;
}

static int run_threads(void)
{
	pthread_t threads[4];

	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, run_thread, NULL);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	return 0;
}

static int run_dlopen(const char *path)
{
	void *library = dlopen(path, RTLD_NOW);
	long (*call)(long (*function)(long), long n);

	if (!library)
		return 1;
	*(void **)&call = dlsym(library, "library_call");
	return call(spin, 7) == -1;
}

static const char *const *libraries;

KEEP long spin_briefly(long n)
{
	double until = now() + 0.002;

	while (now() < until)
		for (int i = 0; i < 3000; i++) {
			n += i;
			BEHIND(n);
		}
	return n;
}

KEEP long turn(const char *path, long (*behind)(long))
{
	void *library = dlopen(path, RTLD_NOW);
	long (*call)(long (*function)(long), long n), got;

	if (!library)
		exit(1);
	*(void **)&call = dlsym(library, "library_call");
	got = call(behind, 7);
	BEHIND(got);
	dlclose(library);
	return got;
}

/* Which turn it is can be told from the frames on both sides of the library's. */
KEEP long leaf_one(long n)
{
	n = spin_briefly(n);
	BEHIND(n);
	return n;
}

KEEP long leaf_two(long n)
{
	n = spin_briefly(n + 1);
	BEHIND(n);
	return n;
}

static int run_swap(void)
{
	while (now() < end) {
		turn(libraries[0], leaf_one);
		turn(libraries[1], leaf_two);
	}
	return 0;
}

/* Makes and drops mappings in changing order, so that the kernel's tree of them is rebuilt. */
static void *churn(void *arg)
{
	static char *pages[256]; /* of four pages each */
	unsigned int next = 1;

	while (now() < end) {
		char **page;

		next = next * 1103515245 + 12345;
		page = &pages[next >> 16 & 255];
		if (*page)
			munmap(*page, 4096 * 4);
		/* Neighbours of different rights are not merged. */
		*page = *page ? NULL
			      : mmap(NULL, 4096 * 4, next & 1 << 15 ? PROT_READ : PROT_NONE,
				     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	}
	return arg;
}

static int run_churn(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, churn, NULL);
	deep(20);
	return pthread_join(thread, NULL);
}

static int run_clock(void)
{
	while (now() < end)
		;
	return 0;
}

static int run_vfork(void)
{
	while (now() < end) {
		pid_t pid = vfork();

		if (!pid) {
			for (volatile int i = 0; i < 10000000; i++)
				;
			_exit(0);
		}
		waitpid(pid, NULL, 0);
	}
	return 0;
}

static void *return_at_once(void *arg)
{
	return arg;
}

/* Each way that leads into clone3 (clone, where the C library is older). */
KEEP int run_spawn(void)
{
	char *argv[] = {"true", NULL}, *envp[] = {NULL};
	pthread_t thread;
	pid_t pid;

	while (now() < end) {
		if (posix_spawn(&pid, "/bin/true", NULL, NULL, argv, envp))
			return 1;
		waitpid(pid, NULL, 0);
		for (int i = 0; i < 20; i++) {
			pthread_create(&thread, NULL, return_at_once, NULL);
			pthread_join(thread, NULL);
		}
	}
	return 0;
}

static ucontext_t coroutines[2];

KEEP void coroutine(int i)
{
	while (now() < end) {
		spin_briefly(i);
		swapcontext(&coroutines[i], &coroutines[1 - i]);
	}
	exit(0);
}

KEEP int run_context(void)
{
	static char stack[2][1 << 16];

	for (int i = 0; i < 2; i++) {
		getcontext(&coroutines[i]);
		coroutines[i].uc_stack.ss_sp = stack[i];
		coroutines[i].uc_stack.ss_size = sizeof(stack[i]);
		coroutines[i].uc_link = NULL;
		makecontext(&coroutines[i], (void (*)(void))(void *)coroutine, 1, i);
	}
	return setcontext(&coroutines[0]);
}

int main(int argc, char **argv)
{
	const char *mode = argc > 2 ? argv[1] : "";

	end = now() + atof(argc > 2 ? argv[2] : "0");
	if (!strcmp(mode, "deep"))
		return deep(argc > 3 ? atol(argv[3]) : 100) == -1;
	if (!strcmp(mode, "alloca"))
		return dynamic(10) == -1;
	if (!strcmp(mode, "signal"))
		return run_signal(SIGUSR1, false);
	if (!strcmp(mode, "altstack"))
		return run_signal(SIGUSR1, true);
	if (!strcmp(mode, "first"))
		return run_signal(SIGILL, false);
	if (!strcmp(mode, "threads"))
		return run_threads();
	if (!strcmp(mode, "dlopen"))
		return run_dlopen(argc > 3 ? argv[3] : "");
	libraries = (const char *const *)argv + 3;
	if (!strcmp(mode, "swap") && argc > 4)
		return run_swap();
	if (!strcmp(mode, "churn"))
		return run_churn();
	if (!strcmp(mode, "clock"))
		return run_clock();
	if (!strcmp(mode, "vfork"))
		return run_vfork();
	if (!strcmp(mode, "spawn"))
		return run_spawn();
	if (!strcmp(mode, "context"))
		return run_context();
	fprintf(stderr, "usage: %s MODE SECONDS [ARGUMENT]\n", argv[0]);
	return 2;
}
