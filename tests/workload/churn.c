// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Threads that allocate and free at two known stacks, more threads than CPUs; one block in eight
 * is left. Prints as alloc.c does.
 *
 *   churn [THREADS] [ROUNDS] [SECONDS]    waits SECONDS before (0.3: for the unwind tables)
 */
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "workload.h"

#define SMALL	    96
#define LARGE	    20000
#define DEPTH	    12
#define MAX_THREADS 64

static unsigned long rounds;
static void *volatile sink;

static NOINLINE void churn_small(unsigned long round)
{
	void *p = malloc(SMALL);

	sink = p;
	if (round % 8)
		free(p);
}

static NOINLINE void churn_large(unsigned long round)
{
	void *p = malloc(LARGE);

	sink = p;
	if (round % 8)
		free(p);
}

/* Some frames for the walk to go through. */
static NOINLINE void deeper(unsigned long round, int depth)
{
	if (depth) {
		deeper(round, depth - 1);
	} else {
		for (int i = 0; i < 20; i++)
			churn_small(round + (unsigned long)i);
		churn_large(round);
	}
	__asm__ volatile("");
}

static void *run(void *arg)
{
	for (unsigned long i = 0; i < rounds; i++)
		deeper(i, DEPTH);
	return arg;
}

int main(int argc, char **argv)
{
	unsigned long threads = (unsigned long)arg_number(argc, argv, 1, 6, MAX_THREADS);
	pthread_t ids[MAX_THREADS];
	unsigned long small, left = 0;

	rounds = (unsigned long)arg_number(argc, argv, 2, 4000, 1e8);
	usleep((useconds_t)(1e6 * arg_number(argc, argv, 3, 0.3, 60)));
	for (unsigned long i = 0; i < threads; i++)
		pthread_create(&ids[i], NULL, run, NULL);
	for (unsigned long i = 0; i < threads; i++)
		pthread_join(ids[i], NULL);
	small = 20 * rounds * threads;
	for (unsigned long i = 0; i < rounds; i++)
		for (unsigned long j = 0; j < 20; j++)
			left += !((i + j) % 8);
	printf("churn_small %lu %lu %lu %lu\n", small, small * SMALL, left * threads,
	       left * threads * SMALL);
	small /= 20;
	left = (rounds + 7) / 8 * threads;
	printf("churn_large %lu %lu %lu %lu\n", small, small * LARGE, left, left * LARGE);
	return 0;
}
