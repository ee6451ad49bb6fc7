// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tree SECONDS [CHILDREN [GRANDCHILDREN]]: the command burns SECONDS of CPU time, and so does each
 * of its CHILDREN (2) and each of their GRANDCHILDREN (2), all at the same time. Grandchildren
 * execute this program anew and are in a session of their own. Each process waits for its own.
 * Prints the CPU time of all of them as the kernel counted it.
 */
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "workload.h"

#define MAX_SECONDS 600
#define MAX_FANOUT  16

static uint64_t per_ms;

static NOINLINE void tree_burn(double seconds)
{
	uint64_t start = cpu_ns(), total = (uint64_t)(seconds * NS_PER_SEC);

	do {
		spin(per_ms / 4);
	} while (cpu_ns() - start < total);
}

static int wait_all(void)
{
	int status, failed = 0;

	while (wait(&status) > 0)
		failed |= status;
	return failed ? 1 : 0;
}

static int grandchild_start(const char *self, const char *seconds)
{
	pid_t pid = fork();

	if (pid == 0) {
		setsid();
		execl(self, self, "-leaf", seconds, (char *)NULL);
		_exit(127);
	}
	return pid < 0;
}

static int child_start(char **argv, double seconds, unsigned int grandchildren)
{
	pid_t pid = fork();

	if (pid == 0) {
		int failed = 0;

		for (unsigned int i = 0; i < grandchildren; i++)
			failed |= grandchild_start(argv[0], argv[1]);
		tree_burn(seconds);
		_exit(wait_all() || failed);
	}
	return pid < 0;
}

int main(int argc, char **argv)
{
	int leaf = argc > 2 && strcmp(argv[1], "-leaf") == 0, failed = 0;
	double seconds = arg_number(argc, argv, leaf ? 2 : 1, 1, MAX_SECONDS);
	unsigned int children = (unsigned int)arg_number(argc, argv, 2 + leaf, 2, MAX_FANOUT);
	unsigned int grandchildren = (unsigned int)arg_number(argc, argv, 3 + leaf, 2, MAX_FANOUT);

	if (argc < 2)
		return 2;
	per_ms = spin_calibrate();
	for (unsigned int i = 0; !leaf && i < children; i++)
		failed |= child_start(argv, seconds, grandchildren);
	tree_burn(seconds);
	failed |= wait_all();
	if (!leaf)
		printf("cpu_ns %llu\n",
		       (unsigned long long)(rusage_ns(RUSAGE_SELF) + rusage_ns(RUSAGE_CHILDREN)));
	return failed;
}
