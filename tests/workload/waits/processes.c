// SPDX-License-Identifier: GPL-2.0-or-later
/* Children, stopped processes, threads that compete for a CPU, and threads that do nothing. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "waits.h"

#define SPINNERS 2
#define SEESAWS	 60

/* Any signal may come; EINTR does not end the wait. */
static int wait_for(pid_t pid, int options)
{
	int status;

	while (waitpid(pid, &status, options) < 0)
		if (errno != EINTR)
			die("waitpid");
	return status;
}

void part_child(void)
{
	for (uint64_t i = 0; i < rounds; i++) {
		pid_t pid = fork();

		if (pid < 0)
			die("fork");
		if (pid == 0) {
			book_open("child-of");
			nap();
			book_close();
			_exit(0);
		}
		WAITED(CHILD, wait_for(pid, 0));
	}
}

/* A function of its own: what lives across vfork() is not kept in registers. */
static NOINLINE pid_t vfork_true(void)
{
	static char *const argv[] = {"true", NULL};
	pid_t pid = vfork();

	if (pid == 0) {
		struct timespec round = {.tv_nsec = ROUND_NS};

		syscall(SYS_nanosleep, &round, NULL);
		execv("/bin/true", argv);
		_exit(1);
	}
	return pid;
}

/* The parent waits in vfork() until the child is another program. */
void part_vfork(void)
{
	for (uint64_t i = 0; i < rounds; i++) {
		struct instant begin = wait_begin();
		pid_t pid = vfork_true();

		if (pid < 0)
			die("vfork");
		wait_end(CHILD, begin);
		WAITED(CHILD, wait_for(pid, 0));
	}
}

static void stop_often(void)
{
	book_open("stopped");
	for (uint64_t i = 0; i < rounds; i++)
		WAITED(STOPPED, raise(SIGSTOP));
	book_close();
}

void part_stopped(void)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid == 0) {
		stop_often();
		_exit(0);
	}
	for (uint64_t i = 0; i < rounds; i++) {
		WAITED(CHILD, wait_for(pid, WUNTRACED));
		nap();
		kill(pid, SIGCONT);
	}
	WAITED(CHILD, wait_for(pid, 0));
}

static void *spinner(void *arg)
{
	uint64_t end = mono_ns() + rounds * ROUND_NS;
	cpu_set_t one;

	(void)arg;
	book_open("spinner");
	CPU_ZERO(&one);
	CPU_SET(0, &one);
	must(sched_setaffinity(0, sizeof(one), &one), "sched_setaffinity");
	while (mono_ns() < end)
		spin(10000);
	book_close();
	return NULL;
}

void part_spin(void)
{
	pthread_t threads[SPINNERS];

	for (int i = 0; i < SPINNERS; i++)
		threads[i] = partner(spinner, NULL);
	for (int i = 0; i < SPINNERS; i++)
		partner_join(threads[i]);
}

/* Before other threads of its kind nothing takes it off its CPU. */
void part_never(void)
{
	uint64_t end = mono_ns() + rounds * ROUND_NS;
	struct sched_param first = {.sched_priority = 1};

	must(sched_setscheduler(0, SCHED_FIFO, &first), "sched_setscheduler");
	while (mono_ns() < end)
		spin(10000);
}

/* Waits once, for all of the time. */
void part_blocked(void)
{
	struct timespec all = {(time_t)(rounds * ROUND_NS / NS_PER_SEC),
			       (long)(rounds * ROUND_NS % NS_PER_SEC)};

	WAITED(SLEEP, nanosleep(&all, NULL));
}

static NOINLINE uint64_t nap_us(long us)
{
	struct timespec at = {.tv_nsec = us * 1000};
	struct instant begin = wait_begin();

	nanosleep(&at, NULL);
	return wait_end(SLEEP, begin);
}

static NOINLINE void wait_seventy(void)
{
	book_share(nap_us(7000));
}

static NOINLINE void wait_thirty(void)
{
	nap_us(3000);
}

/* Strictly in turn: what is sampled must not fall in step with it. */
static void *seesaw(void *arg)
{
	uint64_t end = mono_ns() + rounds * ROUND_NS;

	(void)arg;
	book_open("seesaw-end");
	while (mono_ns() < end) {
		wait_seventy();
		wait_thirty();
	}
	book_close();
	return NULL;
}

void part_seesaw(void)
{
	pthread_t threads[SEESAWS];

	for (int i = 0; i < SEESAWS; i++)
		threads[i] = partner(seesaw, NULL);
	for (int i = 0; i < SEESAWS; i++)
		partner_join(threads[i]);
}

/* Each as fast as can be; the books of a thread are its own. */
static void *hurry(void *arg)
{
	uint64_t end = mono_ns() + rounds * ROUND_NS;
	bool slow = arg != NULL;

	book_open(slow ? "slow" : "fast");
	prctl(PR_SET_TIMERSLACK, 1);
	while (mono_ns() < end)
		nap_us(slow ? 240 : 120);
	book_close();
	return NULL;
}

void part_hurry(void)
{
	static char slow;
	pthread_t other = partner(hurry, &slow);

	partner_join(partner(hurry, NULL));
	partner_join(other);
}
