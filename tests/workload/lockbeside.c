// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Waits for locks that other locks lie beside: two futex words in one 8 bytes, a rwlock whose
 * readers wait on its first word because a writer waits already, and a mutex in memory that two
 * processes share.
 *
 * Prints, with tabs between: lock NAME ns NUMBER, the wait until it was let go of.
 */
#include <inttypes.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "workload.h"

#define STEP_US 60000 /* the first wait; each later one takes longer */

struct waiter {
	pthread_t thread;
	void (*wait)(void);
	const char *name;
};

struct pair {
	uint32_t first, second;
} __attribute__((aligned(8)));

static struct pair the_pair;
static pthread_rwlock_t the_rwlock;

/* Between two processes. */
static struct {
	pthread_mutex_t mutex;
	uint64_t let_go; /* when any of the locks was, last */
} * shared;

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_SEC + (uint64_t)ts.tv_nsec;
}

static void futex_wait(uint32_t *word)
{
	while (!__atomic_load_n(word, __ATOMIC_ACQUIRE))
		syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
}

static void futex_wake(uint32_t *word)
{
	shared->let_go = now_ns();
	__atomic_store_n(word, 1, __ATOMIC_RELEASE);
	syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void wait_first(void)
{
	futex_wait(&the_pair.first);
}

static void wait_second(void)
{
	futex_wait(&the_pair.second);
}

static void wait_write(void)
{
	pthread_rwlock_wrlock(&the_rwlock);
}

static void wait_read(void)
{
	pthread_rwlock_rdlock(&the_rwlock);
}

static void tell(const char *name, uint64_t from)
{
	printf("lock\t%s\tns\t%" PRIu64 "\n", name, shared->let_go - from);
	fflush(stdout);
}

static void leave(void)
{
	shared->let_go = now_ns();
	pthread_rwlock_unlock(&the_rwlock);
}

static void *run(void *arg)
{
	const struct waiter *w = arg;
	uint64_t from = now_ns();

	w->wait();
	tell(w->name, from);
	if (w->wait == wait_write || w->wait == wait_read)
		leave();
	return NULL;
}

static void start(struct waiter *w)
{
	pthread_create(&w->thread, NULL, run, w);
	usleep(STEP_US);
}

static void words(void)
{
	struct waiter first = {.wait = wait_first, .name = "the_pair"};
	struct waiter second = {.wait = wait_second, .name = "the_pair+0x4"};

	start(&first);
	start(&second);
	futex_wake(&the_pair.first);
	usleep(STEP_US);
	usleep(STEP_US);
	futex_wake(&the_pair.second);
	pthread_join(first.thread, NULL);
	pthread_join(second.thread, NULL);
}

static void readers(void)
{
	struct waiter writer = {.wait = wait_write, .name = "the_rwlock"};
	struct waiter reader = {.wait = wait_read, .name = "the_rwlock"};
	pthread_rwlockattr_t attributes;

	pthread_rwlockattr_init(&attributes);
	pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&the_rwlock, &attributes);
	pthread_rwlock_rdlock(&the_rwlock);
	start(&writer);
	start(&reader);
	leave();
	pthread_join(writer.thread, NULL);
	pthread_join(reader.thread, NULL);
}

static void processes(void)
{
	pthread_mutexattr_t attributes;
	uint64_t from;

	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&shared->mutex, &attributes);
	pthread_mutex_lock(&shared->mutex);
	if (!fork()) {
		from = now_ns();
		pthread_mutex_lock(&shared->mutex);
		tell("shared", from);
		pthread_mutex_unlock(&shared->mutex);
		usleep(5 * STEP_US); /* what it maps can be looked up */
		_exit(0);
	}
	usleep(5 * STEP_US);
	shared->let_go = now_ns();
	pthread_mutex_unlock(&shared->mutex);
	wait(NULL);
}

int main(void)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (shared == MAP_FAILED)
		return 1;
	usleep(STEP_US);
	words();
	readers();
	processes();
	return 0;
}
