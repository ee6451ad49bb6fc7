// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Threads that are in each other's way inside the kernel: klock SECONDS THREADS FILE. A quarter
 * of them map and unmap memory of the one process (mmap_lock), a quarter write to FILE (its inode's
 * lock), a quarter open and close descriptors (the table's spin lock), a quarter read it where
 * they all are (the position's mutex). Prints the threads' ids.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "workload.h"

#define THREADS_MAX 256
#define MAP_BYTES   (64 * 4096)
#define WRITE_BYTES (256 * 1024)

static uint64_t end_ns;
static int file, read_file;

static uint64_t mono_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_SEC + (uint64_t)ts.tv_nsec;
}

static NOINLINE void fight_for_mappings(void)
{
	char *memory =
		mmap(NULL, MAP_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		exit(1);
	memset(memory, 1, MAP_BYTES);
	munmap(memory, MAP_BYTES);
}

static NOINLINE void fight_for_file(void)
{
	static const char bytes[WRITE_BYTES];

	if (pwrite(file, bytes, sizeof(bytes), 0) != sizeof(bytes))
		exit(1);
}

static NOINLINE void fight_for_descriptors(void)
{
	int fd = dup(file);

	if (fd < 0)
		exit(1);
	close(fd);
}

static NOINLINE void fight_for_position(void)
{
	static __thread char bytes[WRITE_BYTES];

	if (lseek(read_file, 0, SEEK_SET) || read(read_file, bytes, sizeof(bytes)) < 0)
		exit(1);
}

static void *worker(void *arg)
{
	static void (*const parts[])(void) = {fight_for_mappings, fight_for_file,
					      fight_for_descriptors, fight_for_position};
	void (*part)(void) = parts[(size_t)arg % 4];

	printf("%d\n", gettid());
	while (mono_ns() < end_ns)
		part();
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[THREADS_MAX];
	size_t n = argc == 4 ? (size_t)atoi(argv[2]) : 0;

	if (!n || n > THREADS_MAX)
		return 2;
	printf("%d\n", gettid());
	file = open(argv[3], O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	read_file = open(argv[3], O_RDONLY | O_CLOEXEC);
	if (file < 0 || read_file < 0)
		return 1;
	end_ns = mono_ns() + (uint64_t)(atof(argv[1]) * 1e9);
	for (size_t i = 0; i < n; i++)
		if (pthread_create(&threads[i], NULL, worker, (void *)i))
			return 1;
	for (size_t i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
