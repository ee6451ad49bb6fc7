// SPDX-License-Identifier: GPL-2.0-or-later
/* The library that dlburn opens while it runs: one function that burns CPU time. */
#include "workload.h"

void libburn_spin(uint64_t iterations);

NOINLINE void libburn_spin(uint64_t iterations)
{
	spin(iterations);
}
