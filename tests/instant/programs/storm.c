// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Burns CPU in main and in a thread; a signal every 200 microseconds stops main, and its handler
 * burns some of that. For C libraries without call frame information: hardly any time is spent in
 * the library itself.
 *
 *   storm SECONDS
 */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>

#define PERIOD_US 200

static volatile unsigned long sums[3];
static volatile int left; /* signals until the end */

__attribute__((noinline)) static void spin(unsigned int n, volatile unsigned long *sum)
{
	for (unsigned int i = 0; i < n; i++)
		*sum += i;
}

static void handle(int number)
{
	(void)number;
	left--;
	spin(30000, &sums[0]);
}

__attribute__((noinline)) static void work(volatile unsigned long *sum)
{
	while (left > 0)
		spin(1000, sum);
}

static void *run_thread(void *arg)
{
	work(&sums[1]);
	return arg;
}

int main(int argc, char **argv)
{
	struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART};
	struct itimerval every = {{0, PERIOD_US}, {0, PERIOD_US}};
	pthread_t thread;

	left = (argc > 1 ? atoi(argv[1]) : 1) * 1000000 / PERIOD_US;
	if (sigaction(SIGALRM, &action, NULL) || pthread_create(&thread, NULL, run_thread, NULL) ||
	    setitimer(ITIMER_REAL, &every, NULL))
		return 1;
	work(&sums[2]);
	pthread_join(thread, NULL);
	return 0;
}
