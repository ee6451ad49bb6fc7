// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Uses locks of the C library a known number of times, for known times. At the end it prints for
 * each lock a line
 *
 *   NAME ADDRESS ACQUISITIONS HOLD-NS FAILED
 *
 * Acquisitions are calls that got the lock, those of a thread that has it already included; a wait
 * for a condition takes its mutex once more. What is held once by several readers counts for each.
 * A line with "-" for the address is of a function that takes a lock.
 *
 *   pthreads each N            every kind of lock and every function, N times each
 *   pthreads hold N US         one thread holds a mutex, a rwlock and a spin lock, N times each
 *   pthreads contend T N US    T threads hold the same mutex, N times each
 *   pthreads cond N            two threads wait for each other
 *   pthreads odd               unlocked by another thread, left locked by a thread that ends, left
 *                              by longjmp, used by a child
 *   pthreads pairs N MUTEXES   nothing but N pairs; prints the ns of CPU time of one
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NOINLINE    __attribute__((noinline))
#define MAX_THREADS 64
#define MAX_MUTEXES 64
#define BILLION	    1000000000ull

enum kind { MUTEX, RWLOCK, SPIN };

struct lock {
	const char *name;
	enum kind kind;
	union {
		pthread_mutex_t mutex;
		pthread_rwlock_t rwlock;
		pthread_spinlock_t spin;
	};
	uint64_t acquisitions, hold, failed;
};

static struct lock plain = {.name = "plain"}, recursive = {.name = "recursive"},
		   checking = {.name = "checking"}, tried = {.name = "tried"},
		   timed = {.name = "timed"}, rw = {.name = "rw", .kind = RWLOCK},
		   spin = {.name = "spin", .kind = SPIN}, other = {.name = "other"};
static struct lock *const all[] = {&plain, &recursive, &checking, &tried,
				   &timed, &rw,	       &spin,	  &other};
#define N_ALL (sizeof(all) / sizeof(all[0]))

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * BILLION + (uint64_t)t.tv_nsec;
}

static void spend(uint64_t ns)
{
	uint64_t end = now_ns() + ns;

	while (now_ns() < end)
		;
}

static void add(uint64_t *to, uint64_t n)
{
	__atomic_fetch_add(to, n, __ATOMIC_RELAXED);
}

/* Holds it for that long; the lock has been taken. */
static void hold_for(struct lock *lock, uint64_t us)
{
	uint64_t start = now_ns();

	add(&lock->acquisitions, 1);
	if (us >= 1000)
		usleep((useconds_t)us);
	else if (us)
		spend(us * 1000);
	add(&lock->hold, now_ns() - start);
}

static struct timespec soon(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	t.tv_sec += 10;
	return t;
}

/* --- each --- */

static void *fail_to_take(void *arg)
{
	struct timespec past = {0};
	unsigned long n = (unsigned long)arg;

	for (unsigned long i = 0; i < n; i++) {
		add(&tried.failed, pthread_mutex_trylock(&tried.mutex) == EBUSY);
		add(&timed.failed, pthread_mutex_timedlock(&timed.mutex, &past) == ETIMEDOUT);
		add(&rw.failed, pthread_rwlock_tryrdlock(&rw.rwlock) == EBUSY);
		add(&rw.failed, pthread_rwlock_trywrlock(&rw.rwlock) == EBUSY);
		add(&spin.failed, pthread_spin_trylock(&spin.spin) == EBUSY);
	}
	return NULL;
}

NOINLINE static void use_mutexes(void)
{
	struct timespec t = soon();

	pthread_mutex_lock(&plain.mutex);
	hold_for(&plain, 0);
	pthread_mutex_unlock(&plain.mutex);
	pthread_mutex_lock(&recursive.mutex);
	pthread_mutex_lock(&recursive.mutex);
	if (!pthread_mutex_trylock(&recursive.mutex))
		recursive.acquisitions += 3;
	for (int i = 0; i < 3; i++)
		pthread_mutex_unlock(&recursive.mutex);
	pthread_mutex_lock(&checking.mutex);
	checking.acquisitions++;
	checking.failed += pthread_mutex_lock(&checking.mutex) == EDEADLK;
	pthread_mutex_unlock(&checking.mutex);
	pthread_mutex_unlock(&checking.mutex); /* EPERM */
	tried.acquisitions += !pthread_mutex_trylock(&tried.mutex);
	pthread_mutex_unlock(&tried.mutex);
	timed.acquisitions += !pthread_mutex_timedlock(&timed.mutex, &t);
	pthread_mutex_unlock(&timed.mutex);
}

NOINLINE static void use_others(void)
{
	struct timespec t = soon();

	pthread_rwlock_rdlock(&rw.rwlock);
	pthread_rwlock_rdlock(&rw.rwlock);
	pthread_rwlock_unlock(&rw.rwlock);
	pthread_rwlock_unlock(&rw.rwlock);
	pthread_rwlock_wrlock(&rw.rwlock);
	pthread_rwlock_unlock(&rw.rwlock);
	rw.acquisitions += 3;
	rw.acquisitions += !pthread_rwlock_tryrdlock(&rw.rwlock);
	pthread_rwlock_unlock(&rw.rwlock);
	rw.acquisitions += !pthread_rwlock_trywrlock(&rw.rwlock);
	pthread_rwlock_unlock(&rw.rwlock);
	rw.acquisitions += !pthread_rwlock_timedrdlock(&rw.rwlock, &t);
	pthread_rwlock_unlock(&rw.rwlock);
	rw.acquisitions += !pthread_rwlock_timedwrlock(&rw.rwlock, &t);
	pthread_rwlock_unlock(&rw.rwlock);
	pthread_spin_lock(&spin.spin);
	pthread_spin_unlock(&spin.spin);
	spin.acquisitions++;
	spin.acquisitions += !pthread_spin_trylock(&spin.spin);
	pthread_spin_unlock(&spin.spin);
}

static void each(unsigned long n)
{
	pthread_t thread;

	for (unsigned long i = 0; i < n; i++) {
		use_mutexes();
		use_others();
	}
	pthread_mutex_lock(&tried.mutex);
	pthread_mutex_lock(&timed.mutex);
	pthread_rwlock_wrlock(&rw.rwlock);
	pthread_spin_lock(&spin.spin);
	pthread_create(&thread, NULL, fail_to_take, (void *)n);
	pthread_join(thread, NULL);
	pthread_spin_unlock(&spin.spin);
	pthread_rwlock_unlock(&rw.rwlock);
	pthread_mutex_unlock(&timed.mutex);
	pthread_mutex_unlock(&tried.mutex);
	tried.acquisitions++;
	timed.acquisitions++;
	rw.acquisitions++;
	spin.acquisitions++;
}

/* --- hold, contend, cond --- */

NOINLINE static void hold_mutex(uint64_t us)
{
	pthread_mutex_lock(&plain.mutex);
	hold_for(&plain, us);
	pthread_mutex_unlock(&plain.mutex);
}

static uint64_t long_hold;

/* Another function, that holds it three times as long. */
NOINLINE static void hold_mutex_long(uint64_t us)
{
	uint64_t before;

	pthread_mutex_lock(&plain.mutex);
	before = plain.hold;
	hold_for(&plain, 3 * us);
	long_hold += plain.hold - before;
	pthread_mutex_unlock(&plain.mutex);
}

NOINLINE static void hold_others(uint64_t us)
{
	pthread_rwlock_rdlock(&rw.rwlock);
	hold_for(&rw, us);
	pthread_rwlock_unlock(&rw.rwlock);
	pthread_rwlock_wrlock(&rw.rwlock);
	hold_for(&rw, us);
	pthread_rwlock_unlock(&rw.rwlock);
	pthread_spin_lock(&spin.spin);
	hold_for(&spin, us);
	pthread_spin_unlock(&spin.spin);
}

struct contender {
	unsigned long n;
	uint64_t us;
};

static void *contend(void *arg)
{
	const struct contender *c = arg;

	for (unsigned long i = 0; i < c->n; i++)
		hold_mutex(c->us);
	return NULL;
}

static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static unsigned long turn;

static void *take_turns(void *arg)
{
	unsigned long n = (unsigned long)arg / 2, me = (unsigned long)arg % 2;

	pthread_mutex_lock(&plain.mutex);
	add(&plain.acquisitions, 1);
	for (unsigned long i = 0; i < n; i++) {
		while (turn % 2 != me) {
			pthread_cond_wait(&changed, &plain.mutex);
			add(&plain.acquisitions, 1);
		}
		turn++;
		pthread_cond_signal(&changed);
	}
	pthread_mutex_unlock(&plain.mutex);
	return NULL;
}

/* --- odd --- */

static uint64_t handed_since;

static void *unlock_it(void *arg)
{
	struct lock *lock = arg;

	usleep(100000);
	lock->hold += now_ns() - handed_since;
	pthread_mutex_unlock(&lock->mutex);
	return NULL;
}

static void *end_with_it(void *arg)
{
	struct lock *lock = arg;

	pthread_mutex_lock(&lock->mutex);
	hold_for(lock, 100000);
	return NULL;
}

static jmp_buf out;

NOINLINE static void jump_with_it(struct lock *lock)
{
	pthread_mutex_lock(&lock->mutex);
	lock->acquisitions++;
	longjmp(out, 1);
}

static void in_a_thread(void *(*run)(void *), void *arg)
{
	pthread_t thread;

	pthread_create(&thread, NULL, run, arg);
	pthread_join(thread, NULL);
}

static void odd(void)
{
	uint64_t start;
	pid_t child;

	/* Twice, so that the thread finds it as its own. */
	for (int i = 0; i < 2; i++) {
		pthread_mutex_lock(&plain.mutex);
		handed_since = now_ns();
		plain.acquisitions++;
		in_a_thread(unlock_it, &plain);
	}
	hold_mutex(1000);
	in_a_thread(end_with_it, &tried);
	for (int i = 0; i < 3; i++) {
		if (!setjmp(out))
			jump_with_it(&other);
		start = now_ns();
		usleep(20000);
		other.hold += now_ns() - start;
		pthread_mutex_unlock(&other.mutex);
	}
	pthread_mutex_lock(&timed.mutex);
	timed.acquisitions++;
	child = fork();
	if (!child) {
		pthread_mutex_unlock(&timed.mutex);
		_exit(0);
	}
	waitpid(child, NULL, 0);
	pthread_mutex_unlock(&timed.mutex);
}

/* --- pairs --- */

static uint64_t cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * BILLION + (uint64_t)t.tv_nsec;
}

static void pairs(unsigned long n, unsigned long n_mutexes)
{
	static pthread_mutex_t mutexes[MAX_MUTEXES];
	uint64_t start;

	for (int i = 0; i < MAX_MUTEXES; i++)
		pthread_mutex_init(&mutexes[i], NULL);
	start = cpu_ns();
	for (unsigned long i = 0; i < n; i++) {
		pthread_mutex_t *mutex = &mutexes[i % (n_mutexes ? n_mutexes : 1) % MAX_MUTEXES];

		pthread_mutex_lock(mutex);
		pthread_mutex_unlock(mutex);
	}
	printf("%.1f\n", (double)(cpu_ns() - start) / (double)n);
}

/* --- */

static void init(void)
{
	pthread_mutexattr_t attr;

	for (size_t i = 0; i < N_ALL; i++) {
		if (all[i]->kind == RWLOCK)
			pthread_rwlock_init(&all[i]->rwlock, NULL);
		else if (all[i]->kind == SPIN)
			pthread_spin_init(&all[i]->spin, 0);
		else
			pthread_mutex_init(&all[i]->mutex, NULL);
	}
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&recursive.mutex, &attr);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK);
	pthread_mutex_init(&checking.mutex, &attr);
}

static void contend_all(unsigned long n_threads, struct contender *c)
{
	pthread_t threads[MAX_THREADS];

	for (unsigned long i = 0; i < n_threads && i < MAX_THREADS; i++)
		pthread_create(&threads[i], NULL, contend, c);
	for (unsigned long i = 0; i < n_threads && i < MAX_THREADS; i++)
		pthread_join(threads[i], NULL);
}

static void print_truth(void)
{
	if (long_hold)
		printf("hold_mutex_long - 0 %llu 0\n", (unsigned long long)long_hold);
	for (size_t i = 0; i < N_ALL; i++)
		if (all[i]->acquisitions || all[i]->failed)
			printf("%s %p %llu %llu %llu\n", all[i]->name, (void *)&all[i]->mutex,
			       (unsigned long long)all[i]->acquisitions,
			       (unsigned long long)all[i]->hold,
			       (unsigned long long)all[i]->failed);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	unsigned long a = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
	unsigned long b = argc > 3 ? strtoul(argv[3], NULL, 10) : 0;
	struct contender c = {.n = b, .us = argc > 4 ? strtoul(argv[4], NULL, 10) : 0};
	pthread_t thread;

	init();
	if (!strcmp(what, "each")) {
		each(a);
	} else if (!strcmp(what, "hold")) {
		for (unsigned long i = 0; i < a; i++) {
			hold_mutex(b);
			hold_mutex_long(b);
			hold_others(b);
		}
	} else if (!strcmp(what, "contend")) {
		uint64_t start = now_ns();

		contend_all(a, &c);
		printf("elapsed - 0 %llu 0\n", (unsigned long long)(now_ns() - start));
	} else if (!strcmp(what, "cond")) {
		pthread_create(&thread, NULL, take_turns, (void *)(2 * a + 1));
		take_turns((void *)(2 * a));
		pthread_join(thread, NULL);
	} else if (!strcmp(what, "odd")) {
		odd();
	} else if (!strcmp(what, "pairs")) {
		pairs(a, b);
		return 0;
	} else {
		fprintf(stderr, "pthreads: see the comment at the top of pthreads.c\n");
		return 2;
	}
	print_truth();
	return 0;
}
