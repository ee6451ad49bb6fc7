// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A service that allocates a lot: requests that come by the clock, more and fewer in turns, or with
 * `busy` one after the other, as fast as they are done. Each parses (many small blocks), answers (a
 * large one), and now and then keeps one. Prints as alloc.c does.
 *
 *   service [SECONDS] [REQUESTS A SECOND] [BUSY]
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "workload.h"

#define THREADS	 2
#define SMALL	 200
#define PARTS	 20
#define LARGE	 9000
#define KEPT	 3000
#define KEEP	 16 /* one in so many */
#define WORK	 300
#define BATCH_US 2000

struct counts {
	unsigned long requests, kept;
};

static unsigned long rate, seconds;
static int busy;
static void *volatile sink;
static volatile unsigned long worked;

static NOINLINE void parse(void)
{
	void *parts[PARTS];

	for (int i = 0; i < PARTS; i++) {
		parts[i] = malloc(SMALL);
		for (unsigned long k = 0; k < WORK; k++)
			worked = worked + k;
	}
	for (int i = 0; i < PARTS; i++)
		free(parts[i]);
}

static NOINLINE void answer(void)
{
	void *p = malloc(LARGE);

	sink = p;
	free(p);
}

static NOINLINE void keep(void)
{
	sink = malloc(KEPT);
}

static void serve(struct counts *counts)
{
	parse();
	answer();
	if (counts->requests++ % KEEP == 0) {
		keep();
		counts->kept++;
	}
}

static unsigned long now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (unsigned long)now.tv_sec * 1000000000ul + (unsigned long)now.tv_nsec;
}

static void *run(void *arg)
{
	struct counts *counts = arg;
	unsigned long start = now_ns(), end = start + seconds * 1000000000ul, last = start, now;
	double due = 0;

	while ((now = now_ns()) < end) {
		/* Twice as many in the first half of each 3 s. */
		double share = (now - start) % 3000000000ul < 1500000000ul ? 4.0 / 3 : 2.0 / 3;

		due += (double)rate / THREADS * share * (double)(now - last) / 1e9;
		last = now;
		for (due = busy ? 1 : due; due >= 1; due--)
			serve(counts);
		if (!busy)
			usleep(BATCH_US);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	struct counts counts[THREADS] = {{0}}, sum = {0};
	pthread_t ids[THREADS];

	seconds = (unsigned long)arg_number(argc, argv, 1, 10, 3600);
	rate = (unsigned long)arg_number(argc, argv, 2, 2000, 1e7);
	busy = arg_number(argc, argv, 3, 0, 1) != 0;
	usleep(300000); /* for the unwind tables */
	for (int i = 0; i < THREADS; i++)
		pthread_create(&ids[i], NULL, run, &counts[i]);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(ids[i], NULL);
		sum.requests += counts[i].requests;
		sum.kept += counts[i].kept;
	}
	printf("parse %lu %lu 0 0\n", sum.requests * PARTS, sum.requests * PARTS * SMALL);
	printf("answer %lu %lu 0 0\n", sum.requests, sum.requests * LARGE);
	printf("keep %lu %lu %lu %lu\n", sum.kept, sum.kept * KEPT, sum.kept, sum.kept * KEPT);
	return 0;
}
