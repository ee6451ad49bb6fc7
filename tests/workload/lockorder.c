// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Threads that take two locks, one after the other, in some order:
 *
 *   lockorder inverted   one thread takes them one way ten times, another the other way
 *   lockorder deadlock   the same at once, so that they wait for each other; ends after 0.3 s
 *   lockorder same       both the same way
 *   lockorder alone      one thread both ways
 *   lockorder try        the other way only by an attempt that does not wait
 *   lockorder gated      both ways, always under a third lock
 *   lockorder readers    both ways, as readers
 *
 * or locks in a ring, each under the one before, the first under the last:
 *
 *   lockorder ring          three, by a thread for each
 *   lockorder ring-came     the same at once, so that they wait for each other; ends after 0.3 s
 *   lockorder ring5         five philosophers
 *   lockorder ring-open     three that are always taken in the same order
 *   lockorder ring-two      three, by two threads
 *   lockorder ring-gated    three, two of the orders always under a fourth
 *   lockorder ring-within   three, of which two are taken in both orders
 *   lockorder ring-readers  three, one of them by readers
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NOINLINE __attribute__((noinline))

static pthread_mutex_t plain = PTHREAD_MUTEX_INITIALIZER, other = PTHREAD_MUTEX_INITIALIZER,
		       gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER, other_rw = PTHREAD_RWLOCK_INITIALIZER;

static void in_a_thread(void *(*run)(void *), void *arg)
{
	pthread_t thread;

	pthread_create(&thread, NULL, run, arg);
	pthread_join(thread, NULL);
}

NOINLINE static void take_plain_other(void)
{
	pthread_mutex_lock(&plain);
	pthread_mutex_lock(&other);
	pthread_mutex_unlock(&other);
	pthread_mutex_unlock(&plain);
}

NOINLINE static void take_other_plain(void)
{
	pthread_mutex_lock(&other);
	pthread_mutex_lock(&plain);
	pthread_mutex_unlock(&plain);
	pthread_mutex_unlock(&other);
}

static void *run_plain_other(void *arg)
{
	(void)arg;
	for (int i = 0; i < 10; i++)
		take_plain_other();
	return NULL;
}

static void *run_other_plain(void *arg)
{
	(void)arg;
	for (int i = 0; i < 10; i++)
		take_other_plain();
	return NULL;
}

static void *run_try(void *arg)
{
	(void)arg;
	pthread_mutex_lock(&other);
	if (!pthread_mutex_trylock(&plain))
		pthread_mutex_unlock(&plain);
	pthread_mutex_unlock(&other);
	return NULL;
}

/* `arg`: which of the two it takes first. */
static void *run_readers(void *arg)
{
	bool in_order = *(const char *)arg == 'p';
	pthread_rwlock_t *first = in_order ? &rw : &other_rw;
	pthread_rwlock_t *second = in_order ? &other_rw : &rw;

	pthread_rwlock_rdlock(first);
	pthread_rwlock_rdlock(second);
	pthread_rwlock_unlock(second);
	pthread_rwlock_unlock(first);
	return NULL;
}

static void *run_gated(void *arg)
{
	pthread_mutex_lock(&gate);
	(*(const char *)arg == 'p' ? run_plain_other : run_other_plain)(NULL);
	pthread_mutex_unlock(&gate);
	return NULL;
}

static pthread_barrier_t both;

/* A deadlock that comes: each has one. */
static void *run_deadlock(void *arg)
{
	pthread_mutex_t *first = arg, *second = first == &plain ? &other : &plain;

	pthread_mutex_lock(first);
	pthread_barrier_wait(&both);
	pthread_mutex_lock(second);
	return NULL;
}

static void deadlock(void)
{
	pthread_t a, b;

	pthread_barrier_init(&both, NULL, 2);
	pthread_create(&a, NULL, run_deadlock, &plain);
	pthread_create(&b, NULL, run_deadlock, &other);
	usleep(300000);
	_exit(0);
}

/* --- rings --- */

#define PHILOSOPHERS 5

static pthread_mutex_t ring_a = PTHREAD_MUTEX_INITIALIZER, ring_b = PTHREAD_MUTEX_INITIALIZER,
		       ring_c = PTHREAD_MUTEX_INITIALIZER, forks[PHILOSOPHERS];

/* Inlined: the caller is the leaf of the stacks. */
static inline __attribute__((always_inline)) void take_two(pthread_mutex_t *first,
							   pthread_mutex_t *second)
{
	pthread_mutex_lock(first);
	pthread_mutex_lock(second);
	pthread_mutex_unlock(second);
	pthread_mutex_unlock(first);
}

NOINLINE static void *ring_ab(void *arg)
{
	take_two(&ring_a, &ring_b);
	return arg;
}

NOINLINE static void *ring_bc(void *arg)
{
	take_two(&ring_b, &ring_c);
	return arg;
}

NOINLINE static void *ring_ca(void *arg)
{
	take_two(&ring_c, &ring_a);
	return arg;
}

static void *ring_ac(void *arg)
{
	take_two(&ring_a, &ring_c);
	return arg;
}

static void *ring_ab_bc(void *arg)
{
	return ring_bc(ring_ab(arg));
}

static void *ring_gated(void *arg)
{
	pthread_mutex_lock(&gate);
	(arg ? ring_ab : ring_bc)(NULL);
	pthread_mutex_unlock(&gate);
	return NULL;
}

static void *ring_within(void *arg)
{
	pthread_mutex_lock(&ring_c);
	ring_ab(NULL);
	pthread_mutex_unlock(&ring_c);
	return arg;
}

/* `arg`: a mutex, and then that of readers; else that first, and then another mutex. */
static void *ring_readers(void *arg)
{
	if (arg)
		pthread_mutex_lock(&ring_c);
	pthread_rwlock_rdlock(&rw);
	if (!arg)
		pthread_mutex_lock(&ring_a);
	pthread_mutex_unlock(arg ? &ring_c : &ring_a);
	pthread_rwlock_unlock(&rw);
	return NULL;
}

static void *philosopher(void *arg)
{
	pthread_mutex_t *left = arg;

	take_two(left, &forks[(left - forks + 1) % PHILOSOPHERS]);
	return NULL;
}

static void philosophers(void)
{
	for (int i = 0; i < PHILOSOPHERS; i++)
		pthread_mutex_init(&forks[i], NULL);
	for (int i = 0; i < PHILOSOPHERS; i++)
		in_a_thread(philosopher, &forks[i]);
}

static void *run_ring_deadlock(void *arg)
{
	pthread_mutex_t *second = arg == &ring_a ? &ring_b : arg == &ring_b ? &ring_c : &ring_a;

	pthread_mutex_lock(arg);
	pthread_barrier_wait(&both);
	pthread_mutex_lock(second);
	return NULL;
}

static void ring_deadlock(void)
{
	pthread_t thread;

	pthread_barrier_init(&both, NULL, 3);
	pthread_create(&thread, NULL, run_ring_deadlock, &ring_a);
	pthread_create(&thread, NULL, run_ring_deadlock, &ring_b);
	pthread_create(&thread, NULL, run_ring_deadlock, &ring_c);
	usleep(300000);
	_exit(0);
}

static void three(void *(*first)(void *), void *(*second)(void *), void *(*third)(void *))
{
	in_a_thread(first, NULL);
	in_a_thread(second, NULL);
	in_a_thread(third, NULL);
}

static bool in_a_ring(const char *what)
{
	static char yes[] = "";

	if (!strcmp(what, "ring")) {
		three(ring_ab, ring_bc, ring_ca);
	} else if (!strcmp(what, "ring-came")) {
		ring_deadlock();
	} else if (!strcmp(what, "ring5")) {
		philosophers();
	} else if (!strcmp(what, "ring-open")) {
		three(ring_ab, ring_bc, ring_ac);
	} else if (!strcmp(what, "ring-two")) {
		in_a_thread(ring_ab_bc, NULL);
		in_a_thread(ring_ca, NULL);
	} else if (!strcmp(what, "ring-gated")) {
		in_a_thread(ring_gated, yes);
		in_a_thread(ring_gated, NULL);
		in_a_thread(ring_ca, NULL);
	} else if (!strcmp(what, "ring-within")) {
		three(ring_within, ring_within, ring_bc);
	} else if (!strcmp(what, "ring-readers")) {
		in_a_thread(ring_readers, yes);
		in_a_thread(ring_readers, NULL);
		in_a_thread(ring_ac, NULL);
	} else {
		return false;
	}
	usleep(300000); /* variables are looked for while it is there */
	return true;
}

static bool order(const char *what)
{
	static char p[] = "p", o[] = "o";

	if (!strcmp(what, "inverted")) {
		in_a_thread(run_plain_other, NULL);
		in_a_thread(run_other_plain, NULL);
	} else if (!strcmp(what, "same")) {
		in_a_thread(run_plain_other, NULL);
		in_a_thread(run_plain_other, NULL);
	} else if (!strcmp(what, "alone")) {
		run_plain_other(NULL);
		run_other_plain(NULL);
	} else if (!strcmp(what, "try")) {
		in_a_thread(run_plain_other, NULL);
		in_a_thread(run_try, NULL);
	} else if (!strcmp(what, "gated")) {
		in_a_thread(run_gated, p);
		in_a_thread(run_gated, o);
	} else if (!strcmp(what, "readers")) {
		in_a_thread(run_readers, p);
		in_a_thread(run_readers, o);
	} else if (!strcmp(what, "deadlock")) {
		deadlock();
	} else {
		return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	if (argc == 2 && (order(argv[1]) || in_a_ring(argv[1])))
		return 0;
	fprintf(stderr, "lockorder: see the comment at the top of lockorder.c\n");
	return 2;
}
