// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * For some seconds: leaks at leak_steadily(); keeps a cache of fixed size whose entries it replaces
 * at cache_replace(), and one that it fills once at cache_fill(); allocates and frees at
 * use_shortly(); frees half of what it allocates at leak_half().
 *
 *   leaky [SECONDS]
 */
#include <string.h>
#include <unistd.h>

#include "workload.h"

#define STEP_US	 5000
#define CACHE	 400
#define EACH	 4096
#define PER_STEP 4

static void *cache[CACHE];
static void *volatile sink;

static NOINLINE void leak_steadily(void)
{
	sink = malloc(EACH);
}

static NOINLINE void leak_half(unsigned long step)
{
	void *p = malloc(EACH);

	sink = p;
	if (step % 2)
		free(p);
}

static NOINLINE void cache_fill(void)
{
	for (int i = 0; i < CACHE; i++)
		sink = malloc(EACH);
}

static NOINLINE void cache_replace(unsigned long i)
{
	free(cache[i % CACHE]);
	cache[i % CACHE] = malloc(EACH);
}

static NOINLINE void use_shortly(void)
{
	void *p = malloc(EACH);

	sink = p;
	free(p);
}

int main(int argc, char **argv)
{
	double seconds = arg_number(argc, argv, 1, 6, 3600);
	unsigned long steps = (unsigned long)(seconds * 1e6 / STEP_US), random = 1;

	usleep(300000); /* for the unwind tables */
	cache_fill();
	for (unsigned long step = 0; step < steps; step++) {
		for (int i = 0; i < PER_STEP; i++) {
			random = random * 6364136223846793005UL + 1442695040888963407UL;
			cache_replace(random >> 33);
			use_shortly();
		}
		leak_steadily();
		leak_half(step);
		usleep(STEP_US);
	}
	return 0;
}
