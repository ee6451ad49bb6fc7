// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * spin SECONDS [PAUSE]: burns CPU for so long, with pauses of so many ms. Linked statically: all
 * that a container's root has to hold.
 */
#include <stdlib.h>
#include <time.h>

__attribute__((noinline)) unsigned long burn_some(void)
{
	volatile unsigned long n = 0;

	while (n < 1000000)
		n++;
	return n;
}

int main(int argc, char **argv)
{
	time_t seconds = argc > 1 ? atol(argv[1]) : 1;
	long pause_ms = argc > 2 ? atol(argv[2]) : 0;
	struct timespec start, now, pause = {.tv_nsec = pause_ms * 1000000};

	clock_gettime(CLOCK_MONOTONIC, &start);
	do {
		burn_some();
		if (pause_ms)
			nanosleep(&pause, NULL);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec - start.tv_sec < seconds ||
		 (now.tv_sec - start.tv_sec == seconds && now.tv_nsec < start.tv_nsec));
	return 0;
}
