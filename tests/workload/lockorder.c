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
	if (argc == 2 && order(argv[1]))
		return 0;
	fprintf(stderr, "lockorder: see the comment at the top of lockorder.c\n");
	return 2;
}
