// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Touches memory for the first time: known amounts at known stacks. Each MODE:MB is done by a
 * function of its own, in turns of 2 MB, or with -t each in its own thread. Prints the bytes.
 *
 *   grow [-t] MODE:MB...    first, second: small pages; huge: 2 MB pages where there are any;
 *                           syscall: read() writes to it
 *   grow cow:MB             a child writes to what its parent has written to
 */
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "workload.h"

#define STEP	 (2u << 20)
#define MAX_JOBS 8

struct job {
	const char *mode;
	size_t bytes, done;
	char *at;
};

static struct job jobs[MAX_JOBS];
static int n_jobs, zero_fd;

static NOINLINE void touch(char *at, size_t n)
{
	for (size_t i = 0; i < n; i += 4096)
		((volatile char *)at)[i] = 1;
}

static NOINLINE void grow_first(struct job *job)
{
	touch(job->at + job->done, STEP);
	__asm__ volatile("");
}

static NOINLINE void grow_second(struct job *job)
{
	touch(job->at + job->done, STEP);
	__asm__ volatile("");
}

static NOINLINE void grow_huge(struct job *job)
{
	touch(job->at + job->done, STEP);
	__asm__ volatile("");
}

static NOINLINE void grow_syscall(struct job *job)
{
	if (read(zero_fd, job->at + job->done, STEP) != STEP)
		exit(1);
}

/* All at once: the parent has touched it before anybody looks, see main(). */
static NOINLINE void grow_cow(struct job *job)
{
	touch(job->at, job->bytes);
	__asm__ volatile("");
}

static void step(struct job *job)
{
	if (job->done >= job->bytes)
		return;
	if (!strcmp(job->mode, "first"))
		grow_first(job);
	else if (!strcmp(job->mode, "second"))
		grow_second(job);
	else if (!strcmp(job->mode, "huge"))
		grow_huge(job);
	else if (!strcmp(job->mode, "syscall"))
		grow_syscall(job);
	job->done += STEP;
}

static void job_init(struct job *job, char *word)
{
	char *colon = strchr(word, ':');

	if (!colon)
		exit(2);
	*colon = '\0';
	job->mode = word;
	job->bytes = (size_t)atoi(colon + 1) << 20;
	job->at = mmap(NULL, job->bytes + STEP, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0);
	if (job->at == MAP_FAILED)
		exit(1);
	job->at += STEP - (size_t)job->at % STEP;
	madvise(job->at, job->bytes, strcmp(job->mode, "huge") ? MADV_NOHUGEPAGE : MADV_HUGEPAGE);
}

static void *run_job(void *arg)
{
	struct job *job = arg;

	while (job->done < job->bytes)
		step(job);
	return NULL;
}

/* A child writes to what its parent has written to. */
static void run_cow(struct job *job)
{
	pid_t child;

	touch(job->at, job->bytes);
	child = fork();
	if (!child) {
		grow_cow(job);
		_exit(0);
	}
	waitpid(child, NULL, 0);
}

static void run_threads(void)
{
	pthread_t threads[MAX_JOBS];

	for (int i = 0; i < n_jobs; i++)
		pthread_create(&threads[i], NULL, run_job, &jobs[i]);
	for (int i = 0; i < n_jobs; i++)
		pthread_join(threads[i], NULL);
}

int main(int argc, char **argv)
{
	int threads = argc > 1 && !strcmp(argv[1], "-t");

	for (int i = 1 + threads; i < argc && n_jobs < MAX_JOBS; i++)
		job_init(&jobs[n_jobs++], argv[i]);
	zero_fd = open("/dev/zero", O_RDONLY);
	if (n_jobs == 1 && !strcmp(jobs[0].mode, "cow"))
		run_cow(&jobs[0]);
	else if (threads)
		run_threads();
	else
		for (int left = 1; left;) {
			left = 0;
			for (int i = 0; i < n_jobs; i++) {
				step(&jobs[i]);
				left |= jobs[i].done < jobs[i].bytes;
			}
		}
	for (int i = 0; i < n_jobs; i++)
		printf("%s %zu\n", jobs[i].mode, jobs[i].bytes);
	return 0;
}
