// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Locks of the kernel's that are held until the program ends: klockheld SECONDS FILE. A thread
 * writes to FILE what lies in memory that never comes (userfaultfd), and so keeps the inode's
 * semaphore; another one reads into such memory, and keeps the mutex of the position of a second
 * descriptor. For each of them a thread waits. Prints these two threads' ids.
 */
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "workload.h"

#define PAGE   4096
#define MISSES 77 /* status: there is no userfaultfd */

static int file, read_file;
static char *never; /* two pages */

/* Memory whose first touch waits for somebody to fill it: nobody does. */
static void make_memory(void)
{
	struct uffdio_api api = {.api = UFFD_API};
	struct uffdio_register range = {.mode = UFFDIO_REGISTER_MODE_MISSING};
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);

	never = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	range.range.start = (uintptr_t)never;
	range.range.len = 2 * PAGE;
	if (fd < 0 || never == MAP_FAILED || ioctl(fd, UFFDIO_API, &api) ||
	    ioctl(fd, UFFDIO_REGISTER, &range)) {
		perror("klockheld: userfaultfd");
		exit(MISSES);
	}
}

static NOINLINE void *hold_file(void *arg)
{
	if (pwrite(file, never, PAGE, 0) < 0)
		perror("klockheld: write");
	return arg;
}

static NOINLINE void *hold_position(void *arg)
{
	if (read(read_file, never + PAGE, PAGE) < 0)
		perror("klockheld: read");
	return arg;
}

static NOINLINE void *wait_for_file(void *arg)
{
	printf("%d\n", gettid());
	fflush(stdout);
	if (pwrite(file, "x", 1, 0) < 0)
		perror("klockheld: write");
	return arg;
}

static NOINLINE void *wait_for_position(void *arg)
{
	static char byte;

	printf("%d\n", gettid());
	fflush(stdout);
	if (read(read_file, &byte, 1) < 0)
		perror("klockheld: read");
	return arg;
}

int main(int argc, char **argv)
{
	void *(*const run[])(void *) = {hold_file, hold_position, wait_for_file, wait_for_position};
	static char page[PAGE];
	pthread_t thread;

	if (argc != 3)
		return 2;
	file = open(argv[2], O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	read_file = open(argv[2], O_RDONLY | O_CLOEXEC);
	if (file < 0 || read_file < 0 || write(file, page, PAGE) != PAGE)
		return 1;
	make_memory();
	for (int i = 0; i < 4; i++) {
		if (pthread_create(&thread, NULL, run[i], NULL))
			return 1;
		usleep(i == 1 ? 200000 : 0); /* the holders have them */
	}
	usleep((useconds_t)(atof(argv[1]) * 1e6));
	_exit(0);
}
