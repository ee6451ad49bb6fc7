// SPDX-License-Identifier: GPL-2.0-or-later
/* Locks that another holds for a round, events that come once a round, and plain sleep. */
#include <errno.h>
#include <semaphore.h>
#include <unistd.h>
#include "waits.h"

/* A holder and a waiter, who take turns: held, waited for, released, taken, released. */
struct turns {
	sem_t held, done;
	pthread_mutex_t mutex;
	pthread_rwlock_t rwlock;
};

static void turns_init(struct turns *t)
{
	sem_init(&t->held, 0, 0);
	sem_init(&t->done, 0, 0);
	pthread_mutex_init(&t->mutex, NULL);
	pthread_rwlock_init(&t->rwlock, NULL);
}

static void *mutex_holder(void *arg)
{
	struct turns *t = arg;

	book_open("mutex-holder");
	for (uint64_t i = 0; i < rounds; i++) {
		pthread_mutex_lock(&t->mutex);
		sem_post(&t->held);
		nap();
		pthread_mutex_unlock(&t->mutex);
		WAITED(WAIT, sem_wait(&t->done));
	}
	book_close();
	return NULL;
}

static NOINLINE void wait_on_mutex(pthread_mutex_t *mutex)
{
	WAITED(LOCK, pthread_mutex_lock(mutex));
}

void part_mutex(void)
{
	struct turns t;
	pthread_t holder;

	turns_init(&t);
	holder = partner(mutex_holder, &t);
	for (uint64_t i = 0; i < rounds; i++) {
		WAITED(WAIT, sem_wait(&t.held));
		wait_on_mutex(&t.mutex);
		pthread_mutex_unlock(&t.mutex);
		sem_post(&t.done);
	}
	partner_join(holder);
}

/* Readers are kept out by a writer, and writers by a reader, in turn. */
static void *rwlock_holder(void *arg)
{
	struct turns *t = arg;

	book_open("rwlock-holder");
	for (uint64_t i = 0; i < rounds; i++) {
		if (i & 1)
			pthread_rwlock_rdlock(&t->rwlock);
		else
			pthread_rwlock_wrlock(&t->rwlock);
		sem_post(&t->held);
		nap();
		pthread_rwlock_unlock(&t->rwlock);
		WAITED(WAIT, sem_wait(&t->done));
	}
	book_close();
	return NULL;
}

static NOINLINE void wait_on_rwlock(pthread_rwlock_t *rwlock, bool write)
{
	if (write)
		WAITED(LOCK, pthread_rwlock_wrlock(rwlock));
	else
		WAITED(LOCK, pthread_rwlock_rdlock(rwlock));
}

void part_rwlock(void)
{
	struct turns t;
	pthread_t holder;

	turns_init(&t);
	holder = partner(rwlock_holder, &t);
	for (uint64_t i = 0; i < rounds; i++) {
		WAITED(WAIT, sem_wait(&t.held));
		wait_on_rwlock(&t.rwlock, i & 1);
		pthread_rwlock_unlock(&t.rwlock);
		sem_post(&t.done);
	}
	partner_join(holder);
}

struct event {
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	uint64_t happened;
};

static void *signaller(void *arg)
{
	struct event *e = arg;

	book_open("signaller");
	for (uint64_t i = 0; i < rounds; i++) {
		nap();
		pthread_mutex_lock(&e->mutex);
		e->happened++;
		pthread_mutex_unlock(&e->mutex);
		pthread_cond_signal(&e->cond);
	}
	book_close();
	return NULL;
}

/* With and without a time-out, which is another operation of the kernel's. */
static NOINLINE void wait_on_condvar(struct event *e, const struct timespec *far)
{
	if (e->happened & 1)
		WAITED(WAIT, pthread_cond_timedwait(&e->cond, &e->mutex, far));
	else
		WAITED(WAIT, pthread_cond_wait(&e->cond, &e->mutex));
}

void part_condvar(void)
{
	struct event e = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0};
	struct timespec far = {.tv_sec = time(NULL) + 3600};
	pthread_t other = partner(signaller, &e);

	pthread_mutex_lock(&e.mutex);
	for (uint64_t seen = 0; seen < rounds; seen = e.happened)
		while (e.happened == seen)
			wait_on_condvar(&e, &far);
	pthread_mutex_unlock(&e.mutex);
	partner_join(other);
}

static void *poster(void *arg)
{
	book_open("waker");
	for (uint64_t i = 0; i < rounds; i++) {
		nap();
		sem_post(arg);
	}
	book_close();
	return NULL;
}

static NOINLINE void wait_on_semaphore(sem_t *sem)
{
	WAITED(WAIT, sem_wait(sem));
}

void part_semaphore(void)
{
	pthread_t other;
	sem_t sem;

	sem_init(&sem, 0, 0);
	other = partner(poster, &sem);
	for (uint64_t i = 0; i < rounds; i++)
		wait_on_semaphore(&sem);
	partner_join(other);
}

static void *late_comer(void *arg)
{
	book_open("late-comer");
	for (uint64_t i = 0; i < rounds; i++) {
		nap();
		WAITED(WAIT, pthread_barrier_wait(arg));
	}
	book_close();
	return NULL;
}

static void *early_comer(void *arg)
{
	book_open("early-comer");
	for (uint64_t i = 0; i < rounds; i++)
		WAITED(WAIT, pthread_barrier_wait(arg));
	book_close();
	return NULL;
}

/* Of three: the second time, a barrier of two waits for the number 2, as a mutex does. */
void part_barrier(void)
{
	pthread_barrier_t barrier;
	pthread_t others[2];

	pthread_barrier_init(&barrier, NULL, 3);
	others[0] = partner(late_comer, &barrier);
	others[1] = partner(early_comer, &barrier);
	for (uint64_t i = 0; i < rounds; i++)
		WAITED(WAIT, pthread_barrier_wait(&barrier));
	partner_join(others[0]);
	partner_join(others[1]);
}

static void *born_to_die(void *arg)
{
	(void)arg;
	book_open("born");
	nap();
	book_close();
	return NULL;
}

void part_join(void)
{
	for (uint64_t i = 0; i < rounds; i++)
		partner_join(partner(born_to_die, NULL));
}

void part_sleep(void)
{
	for (uint64_t i = 0; i < rounds; i++) {
		uint64_t until = mono_ns() + ROUND_NS;
		struct timespec at = {(time_t)(until / NS_PER_SEC), (long)(until % NS_PER_SEC)};

		if (i & 1)
			nap();
		else
			WAITED(SLEEP, clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL));
	}
}
