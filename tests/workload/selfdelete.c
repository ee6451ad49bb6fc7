// SPDX-License-Identifier: GPL-2.0-or-later
/* selfdelete SECONDS: removes its own file first, then burns SECONDS in deleted_spin(). */
#include <unistd.h>
#include "workload.h"

#define MAX_SECONDS 3600

static uint64_t per_ms;

static NOINLINE void deleted_spin(uint64_t total)
{
	uint64_t start = cpu_ns();

	do {
		spin(per_ms);
	} while (cpu_ns() - start < total);
}

int main(int argc, char **argv)
{
	double seconds = arg_number(argc, argv, 1, 1, MAX_SECONDS);

	if (unlink(argv[0]) != 0) {
		perror(argv[0]);
		return 1;
	}
	per_ms = spin_calibrate();
	deleted_spin((uint64_t)(seconds * NS_PER_SEC));
	return 0;
}
