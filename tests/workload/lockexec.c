// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A process that waits for a lock, becomes another program, and waits there for a lock that lies at
 * the same address: to be built twice, with THE_LOCK for the lock's name, and without position
 * independence.
 *
 *   lockexec SECONDS HOLD_US [PROGRAM]   PROGRAM SECONDS HOLD_US comes after it
 *
 * Prints, with tabs between: lock NAME address ADDRESS sleeps NUMBER ns NUMBER.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <unistd.h>

#include "workload.h"

#define TEXT_OF(name) #name
#define TEXT(name)    TEXT_OF(name)

pthread_mutex_t THE_LOCK = PTHREAD_MUTEX_INITIALIZER;

static atomic_ullong sleeps, waited_ns;
static atomic_int over;
static useconds_t hold_us;

static unsigned long long now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (unsigned long long)ts.tv_sec * NS_PER_SEC + (unsigned long long)ts.tv_nsec;
}

static unsigned long long slept(void)
{
	struct rusage usage = {0};

	getrusage(RUSAGE_THREAD, &usage);
	return (unsigned long long)usage.ru_nvcsw;
}

static void *take_turns(void *arg)
{
	while (!over) {
		unsigned long long before = slept(), from = now_ns();

		pthread_mutex_lock(&THE_LOCK);
		waited_ns += now_ns() - from;
		sleeps += slept() - before;
		usleep(hold_us);
		pthread_mutex_unlock(&THE_LOCK);
		usleep(hold_us / 4);
	}
	return arg;
}

int main(int argc, char **argv)
{
	pthread_t threads[2];

	if (argc < 3) {
		fprintf(stderr, "usage: lockexec SECONDS HOLD_US [PROGRAM]\n");
		return 2;
	}
	hold_us = (useconds_t)arg_number(argc, argv, 2, 2000, 1e6);
	for (int i = 0; i < 2; i++)
		if (pthread_create(&threads[i], NULL, take_turns, NULL))
			return 1;
	usleep((useconds_t)(arg_number(argc, argv, 1, 1, 60) * 1e6));
	over = 1;
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	printf("lock\t%s\taddress\t%p\tsleeps\t%llu\tns\t%llu\n", TEXT(THE_LOCK), (void *)&THE_LOCK,
	       (unsigned long long)sleeps, (unsigned long long)waited_ns);
	fflush(stdout);
	if (argc < 4)
		return 0;
	execl(argv[3], argv[3], argv[1], argv[2], (char *)NULL);
	return 1;
}
