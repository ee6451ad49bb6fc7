// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * burn SECONDS [SHARE]: burns SECONDS of CPU time, SHARE percent (70) of it in hot_a() and the
 * rest in hot_b(), both called by main -> outer -> middle. The time of every slice is measured,
 * and the next slice goes to the function that is behind. Slices vary in length, so that no
 * sampling frequency can beat against them. Prints what each function really used.
 */
#include "workload.h"

#define MAX_SECONDS 3600

static NOINLINE void hot_a(uint64_t iterations)
{
	spin(iterations);
}

static NOINLINE void hot_b(uint64_t iterations)
{
	spin(iterations + 1);
}

static NOINLINE void middle(int which, uint64_t iterations)
{
	if (which == 0)
		hot_a(iterations);
	else
		hot_b(iterations);
}

static NOINLINE void outer(int which, uint64_t iterations)
{
	middle(which, iterations);
}

int main(int argc, char **argv)
{
	uint64_t total = (uint64_t)(arg_number(argc, argv, 1, 1, MAX_SECONDS) * NS_PER_SEC);
	double share = arg_number(argc, argv, 2, 70, 100) / 100;
	uint64_t used[2] = {0, 0}, per_ms = spin_calibrate(), random = 1;

	while (used[0] + used[1] < total) {
		int which = (double)used[0] > share * (double)(used[0] + used[1]);
		uint64_t start = cpu_ns();

		random = random * 6364136223846793005ULL + 1442695040888963407ULL;
		outer(which, per_ms / 2 + (per_ms * (random >> 48) >> 16));
		used[which] += cpu_ns() - start;
	}
	printf("hot_a %llu hot_b %llu\n", (unsigned long long)used[0], (unsigned long long)used[1]);
	return 0;
}
