// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * threads COUNT SECONDS: COUNT threads called worker-1, worker-2, ...; worker-N burns N times
 * SECONDS of CPU time. Prints "TID NAME NANOSECONDS" as each one starts (with what it will burn).
 */
#include <pthread.h>
#include <unistd.h>
#include "workload.h"

#define MAX_THREADS 64
#define MAX_SECONDS 600

struct worker {
	pthread_t thread;
	unsigned int number;
	uint64_t total, per_ms;
};

static NOINLINE void worker_burn(const struct worker *w)
{
	uint64_t start = cpu_ns();

	do {
		spin(w->per_ms);
	} while (cpu_ns() - start < w->total);
}

static void *worker_main(void *arg)
{
	const struct worker *w = arg;
	char name[16];

	snprintf(name, sizeof(name), "worker-%u", w->number % (MAX_THREADS + 1));
	pthread_setname_np(pthread_self(), name);
	printf("%d %s %llu\n", (int)gettid(), name, (unsigned long long)w->total);
	fflush(stdout);
	worker_burn(w);
	return NULL;
}

int main(int argc, char **argv)
{
	unsigned int n = (unsigned int)arg_number(argc, argv, 1, 3, MAX_THREADS);
	double seconds = arg_number(argc, argv, 2, 0.5, MAX_SECONDS);
	struct worker workers[MAX_THREADS];
	uint64_t per_ms = spin_calibrate();

	for (unsigned int i = 0; i < n; i++) {
		workers[i].number = i + 1;
		workers[i].total = (uint64_t)(seconds * (i + 1) * NS_PER_SEC);
		workers[i].per_ms = per_ms;
		if (pthread_create(&workers[i].thread, NULL, worker_main, &workers[i]) != 0)
			return 1;
	}
	for (unsigned int i = 0; i < n; i++)
		pthread_join(workers[i].thread, NULL);
	return 0;
}
