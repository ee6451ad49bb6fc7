// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * recurse DEPTH SECONDS: burns SECONDS of CPU time in bottom(), below exactly DEPTH frames of
 * descend(), below main().
 */
#include "workload.h"

#define MAX_DEPTH   100000
#define MAX_SECONDS 3600

static uint64_t per_ms;

static NOINLINE void bottom(uint64_t total)
{
	uint64_t start = cpu_ns();

	do {
		spin(per_ms * 5);
	} while (cpu_ns() - start < total);
}

static NOINLINE void descend(uint64_t depth, uint64_t total)
{
	if (depth > 1)
		descend(depth - 1, total);
	else
		bottom(total);
	__asm__ volatile("");
}

int main(int argc, char **argv)
{
	uint64_t depth = (uint64_t)arg_number(argc, argv, 1, 10, MAX_DEPTH);
	double seconds = arg_number(argc, argv, 2, 1, MAX_SECONDS);

	per_ms = spin_calibrate();
	descend(depth, (uint64_t)(seconds * NS_PER_SEC));
	return 0;
}
