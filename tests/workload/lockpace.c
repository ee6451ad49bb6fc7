// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Takes locks at a steady pace: some threads the same mutex and one of their own inside, one thread
 * another for a long time again and again. At the end it prints for each lock a line
 *
 *   NAME ADDRESS ACQUISITIONS HOLD-NS
 *
 *   lockpace SECONDS RATE LONG-MS    RATE: pairs of both locks a second, of all threads
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define THREADS 2
#define BILLION 1000000000ull

struct lock {
	const char *name;
	pthread_mutex_t mutex;
	uint64_t acquisitions, hold;
};

static struct lock shared = {.name = "shared", .mutex = PTHREAD_MUTEX_INITIALIZER},
		   inner = {.name = "inner", .mutex = PTHREAD_MUTEX_INITIALIZER},
		   slow = {.name = "slow", .mutex = PTHREAD_MUTEX_INITIALIZER};
static uint64_t end, rate, long_ns;

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * BILLION + (uint64_t)t.tv_nsec;
}

static void sleep_ns(uint64_t ns)
{
	struct timespec t = {.tv_sec = (time_t)(ns / BILLION), .tv_nsec = (long)(ns % BILLION)};

	nanosleep(&t, NULL);
}

/* Whoever has a lock counts for it. */
static uint64_t take(struct lock *lock)
{
	pthread_mutex_lock(&lock->mutex);
	lock->acquisitions++;
	return now_ns();
}

static void give(struct lock *lock, uint64_t since)
{
	lock->hold += now_ns() - since;
	pthread_mutex_unlock(&lock->mutex);
}

/* As many as are due by now, then a millisecond of rest. */
static void *work(void *arg)
{
	uint64_t begin = now_ns(), done = 0, now;

	(void)arg;
	while ((now = now_ns()) < end) {
		for (; done < (now - begin) * rate / THREADS / BILLION; done++) {
			uint64_t outer_since = take(&shared), since = take(&inner);

			give(&inner, since);
			give(&shared, outer_since);
		}
		sleep_ns(BILLION / 1000);
	}
	return NULL;
}

static void *linger(void *arg)
{
	(void)arg;
	while (now_ns() < end) {
		uint64_t since = take(&slow);

		sleep_ns(long_ns);
		give(&slow, since);
		sleep_ns(long_ns / 2);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	const struct lock *const all[] = {&shared, &inner, &slow};
	pthread_t threads[THREADS + 1];

	if (argc != 4)
		return 2;
	rate = strtoull(argv[2], NULL, 10);
	long_ns = strtoull(argv[3], NULL, 10) * 1000000;
	end = now_ns() + strtoull(argv[1], NULL, 10) * BILLION;
	for (int i = 0; i <= THREADS; i++)
		if (pthread_create(&threads[i], NULL, i < THREADS ? work : linger, NULL))
			return 1;
	for (int i = 0; i <= THREADS; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < 3; i++)
		printf("%s %p %llu %llu\n", all[i]->name, (const void *)&all[i]->mutex,
		       (unsigned long long)all[i]->acquisitions, (unsigned long long)all[i]->hold);
	return 0;
}
