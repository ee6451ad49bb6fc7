// SPDX-License-Identifier: GPL-2.0-or-later
/* The books of a thread: see waits.h. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>
#include "waits.h"

static __thread struct book *mine;
static __thread int schedstat = -1;

void die(const char *what)
{
	fprintf(stderr, "waits: %s: %s\n", what, strerror(errno));
	exit(1);
}

void must(int rc, const char *what)
{
	if (rc == 0)
		return;
	if (rc > 0)
		errno = rc;
	die(what);
}

uint64_t mono_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_SEC + (uint64_t)ts.tv_nsec;
}

/* The second number of schedstat: time spent waiting for a CPU. */
static uint64_t delay_ns(void)
{
	char text[96], *second;
	ssize_t n = pread(schedstat, text, sizeof(text) - 1, 0);

	if (n <= 0)
		die("schedstat");
	text[n] = '\0';
	second = strchr(text, ' ');
	return second ? strtoull(second, NULL, 10) : 0;
}

/* After fork() the parent's book and file are not ours. */
void book_open(const char *name)
{
	uint64_t now = mono_ns();

	prctl(PR_SET_NAME, name);
	mine = book_new();
	snprintf(mine->name, sizeof(mine->name), "%s", name);
	mine->pid = getpid();
	mine->tid = gettid();
	mine->opened = now;
	schedstat = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
	if (schedstat < 0)
		die("/proc/thread-self/schedstat");
}

void book_close(void)
{
	mine->delay = delay_ns();
	close(schedstat);
	mine->closed = mono_ns();
	mine->closed_well = 1;
	mine->cpu = cpu_ns();
}

/* All three clocks at one instant: again, if the thread lost the CPU in between. */
static struct instant instant_now(void)
{
	struct instant now;
	uint64_t delay = delay_ns();

	do {
		now.delay = delay;
		now.wall = mono_ns();
		now.cpu = cpu_ns();
		delay = delay_ns();
	} while (delay != now.delay);
	return now;
}

struct instant wait_begin(void)
{
	return instant_now();
}

uint64_t wait_end(enum reason reason, struct instant begin)
{
	struct instant end = instant_now();
	uint64_t wall = end.wall - begin.wall;
	uint64_t busy = end.cpu - begin.cpu + end.delay - begin.delay;
	uint64_t ns = wall > busy ? wall - busy : 0;

	mine->n[reason]++;
	mine->ns[reason] += ns;
	return ns;
}

void book_share(uint64_t ns)
{
	mine->n[SHARE]++;
	mine->ns[SHARE] += ns;
}

void nap(void)
{
	struct timespec round = {.tv_nsec = ROUND_NS};

	WAITED(SLEEP, nanosleep(&round, NULL));
}

pthread_t partner(void *(*fn)(void *), void *arg)
{
	pthread_t thread;

	must(pthread_create(&thread, NULL, fn, arg), "pthread_create");
	return thread;
}

/* A thread that has ended already is not waited for; the books take that for a wait of nothing. */
void partner_join(pthread_t thread)
{
	WAITED(WAIT, pthread_join(thread, NULL));
}
