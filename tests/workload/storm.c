// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Allocates and frees by the clock, a given number a second, in two threads, and keeps some
 * thousand blocks, each of which it has marked at both ends: what it finds changed it counts.
 * Prints "ALLOCATIONS CHANGED".
 *
 *   storm [SECONDS] [ALLOCATIONS A SECOND]
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "workload.h"

#define THREADS	 2
#define SLOTS	 4096
#define BATCH_US 1000
#define LEAST	 16
#define SIZES	 2000

struct slot {
	uint64_t *block; /* marked in its first and last word */
	size_t words;
	uint64_t mark;
};

struct work {
	struct slot slots[SLOTS];
	uint64_t random, allocations, changed;
};

static unsigned long rate, seconds;

static uint64_t next(struct work *w)
{
	w->random = w->random * 6364136223846793005ull + 1442695040888963407ull;
	return w->random >> 16;
}

static NOINLINE void replace(struct work *w)
{
	uint64_t random = next(w);
	struct slot *slot = &w->slots[random % SLOTS];
	size_t words = (LEAST + (random >> 20) % SIZES) / sizeof(uint64_t);

	if (slot->block)
		w->changed +=
			slot->block[0] != slot->mark || slot->block[slot->words - 1] != slot->mark;
	if (random >> 40 & 7) {
		free(slot->block);
		slot->block = malloc(words * sizeof(uint64_t));
	} else {
		slot->block = realloc(slot->block, words * sizeof(uint64_t));
	}
	slot->words = words;
	slot->mark = random;
	slot->block[0] = slot->block[words - 1] = random;
	w->allocations++;
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000ull + (uint64_t)now.tv_nsec;
}

static void *run(void *arg)
{
	struct work *w = arg;
	uint64_t start = now_ns(), end = start + seconds * 1000000000ull, now;

	while ((now = now_ns()) < end) {
		uint64_t due = (now - start) / 1000 * (rate / THREADS) / 1000000;

		/* Late, it does not make up for all of it at once: the end comes by the clock. */
		for (int i = 0; i < 10000 && w->allocations < due; i++)
			replace(w);
		if (w->allocations >= due)
			usleep(BATCH_US);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	static struct work work[THREADS];
	uint64_t allocations = 0, changed = 0;
	pthread_t ids[THREADS];

	seconds = (unsigned long)arg_number(argc, argv, 1, 10, 86400);
	rate = (unsigned long)arg_number(argc, argv, 2, 1000000, 1e8);
	for (int i = 0; i < THREADS; i++) {
		work[i].random = (uint64_t)i + 1;
		pthread_create(&ids[i], NULL, run, &work[i]);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(ids[i], NULL);
		allocations += work[i].allocations;
		changed += work[i].changed;
	}
	printf("%llu %llu\n", (unsigned long long)allocations, (unsigned long long)changed);
	return changed != 0;
}
