// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * forkbomb [COUNT [MS [AT_ONCE [PROGRAM]]]]: COUNT (300) processes of MS (30) milliseconds of CPU
 * time each, never more than AT_ONCE (8) at a time. With PROGRAM each one executes "PROGRAM MS",
 * else it burns in bomb_spin(). Prints the CPU time of all processes, this one included.
 */
#include <sys/wait.h>
#include <unistd.h>
#include "workload.h"

#define MAX_COUNT   5000
#define MAX_MS	    1000
#define MAX_AT_ONCE 64

static NOINLINE void bomb_spin(uint64_t total)
{
	uint64_t start = cpu_ns();

	do {
		spin(100000);
	} while (cpu_ns() - start < total);
}

static void child_run(double ms, char **argv, int argc)
{
	char text[32];

	if (argc > 4) {
		snprintf(text, sizeof(text), "%g", ms);
		execl(argv[4], argv[4], text, (char *)NULL);
		_exit(127);
	}
	bomb_spin((uint64_t)(ms * NS_PER_MS));
	_exit(0);
}

int main(int argc, char **argv)
{
	unsigned int count = (unsigned int)arg_number(argc, argv, 1, 300, MAX_COUNT);
	double ms = arg_number(argc, argv, 2, 30, MAX_MS);
	unsigned int at_once = (unsigned int)arg_number(argc, argv, 3, 8, MAX_AT_ONCE);
	unsigned int started = 0, ended = 0, failed = 0;

	while (ended < count) {
		int status;

		if (started < count && started - ended < at_once) {
			pid_t pid = fork();

			if (pid == 0)
				child_run(ms, argv, argc);
			if (pid < 0)
				return 1;
			started++;
			continue;
		}
		if (wait(&status) < 0)
			return 1;
		ended++;
		failed += status != 0;
	}
	printf("processes %u cpu_ns %llu\n", count,
	       (unsigned long long)(rusage_ns(RUSAGE_SELF) + rusage_ns(RUSAGE_CHILDREN)));
	return failed ? 1 : 0;
}
