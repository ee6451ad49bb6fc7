// SPDX-License-Identifier: GPL-2.0-or-later
/* hoard MB SECONDS: allocates so much in so long, evenly, writes to it and keeps it. Linked
 * statically: all that a container's root has to hold. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PIECE (32 << 10)

static void *volatile last;

__attribute__((noinline)) void keep_some(void)
{
	void *piece = malloc(PIECE);

	if (!piece)
		exit(1);
	memset(piece, 1, PIECE);
	last = piece;
}

int main(int argc, char **argv)
{
	long pieces = (argc > 1 ? atol(argv[1]) : 1) * ((1 << 20) / PIECE);
	double pause = (argc > 2 ? atof(argv[2]) : 1) * 1e9 / (double)pieces;
	struct timespec step = {.tv_sec = (time_t)(pause / 1e9)};

	step.tv_nsec = (long)(pause - (double)step.tv_sec * 1e9);
	for (long i = 0; i < pieces; i++) {
		keep_some();
		nanosleep(&step, NULL);
	}
	return 0;
}
