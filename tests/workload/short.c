// SPDX-License-Identifier: GPL-2.0-or-later
/* short [MS]: a process that burns MS milliseconds (50) of CPU time in short_spin() and is gone. */
#include "workload.h"

#define MAX_MS 60000

static NOINLINE void short_spin(uint64_t total)
{
	uint64_t start = cpu_ns();

	do {
		spin(100000);
	} while (cpu_ns() - start < total);
}

int main(int argc, char **argv)
{
	short_spin((uint64_t)(arg_number(argc, argv, 1, 50, MAX_MS) * NS_PER_MS));
	return 0;
}
