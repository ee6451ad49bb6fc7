// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tables TIMES [FILE...]: how long the unwind table of each file takes to build, the median of
 * TIMES, and how large it is. Without a file: of all that this host's processes execute, as a sum.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unwind/tables.h"
#include "util/clock.h"
#include "util/vec.h"

#define MAX_TIMES 99

struct seen {
	dev_t dev;
	ino_t inode;
};

struct sum {
	VEC(struct seen) seen;
	size_t files, without, failed, bytes;
	uint64_t ns;
};

static int order(const void *a, const void *b)
{
	const uint64_t *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

/* 0 or -errno of the builder. */
static int measure(int fd, int times, size_t *ret_bytes, struct unwind_counts *ret_counts,
		   uint64_t *ret_ns)
{
	uint64_t took[MAX_TIMES];
	struct unwind_table table;

	for (int i = 0; i < times; i++) {
		uint64_t began = clock_mono_ns();
		int err = unwind_table_read(fd, &table);

		took[i] = clock_mono_ns() - began;
		if (err)
			return err;
		*ret_bytes = table.blob.bytes.len;
		*ret_counts = table.counts;
		unwind_table_done(&table);
	}
	qsort(took, (size_t)times, sizeof(took[0]), order);
	*ret_ns = took[times / 2];
	return 0;
}

static int one_file(const char *path, int times)
{
	struct unwind_counts counts;
	int fd = open(path, O_RDONLY | O_CLOEXEC), err;
	size_t bytes;
	uint64_t ns;

	if (fd < 0) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return 1;
	}
	err = measure(fd, times, &bytes, &counts, &ns);
	close(fd);
	if (err) {
		fprintf(stderr, "%s: %s\n", path, strerror(-err));
		return 1;
	}
	printf("%-34s %9u rows %9zu bytes %5.2f a row %8.2f ms\n",
	       strrchr(path, '/') ? strrchr(path, '/') + 1 : path, counts.rows, bytes,
	       (double)bytes / counts.rows, (double)ns / NSEC_PER_MSEC);
	return 0;
}

static bool is_new(struct sum *sum, const struct stat *st)
{
	const struct seen *seen;

	vec_each(seen, &sum->seen)
		if (seen->dev == st->st_dev && seen->inode == st->st_ino)
			return false;
	vec_push(&sum->seen, ((struct seen){st->st_dev, st->st_ino}));
	return true;
}

static void add_file(struct sum *sum, const char *path)
{
	struct unwind_counts counts;
	struct stat st;
	size_t bytes;
	uint64_t ns;
	int fd, err;

	if (stat(path, &st) || !S_ISREG(st.st_mode) || !is_new(sum, &st))
		return;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	err = measure(fd, 1, &bytes, &counts, &ns);
	close(fd);
	sum->files++;
	if (err == -ENODATA) {
		sum->without++;
	} else if (err) {
		sum->failed++;
	} else {
		sum->bytes += bytes;
		sum->ns += ns;
	}
}

/* The files a process has mapped for execution. */
static void add_process(struct sum *sum, const char *pid)
{
	char path[128], line[4096], mode[8];
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%s/maps", pid);
	maps = fopen(path, "re");
	while (maps && fgets(line, sizeof(line), maps)) {
		uint64_t start, end, inode = 0;

		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s %*s %*s %" SCNu64, &start, &end, mode,
			   &inode) != 4 ||
		    !inode || mode[2] != 'x')
			continue;
		snprintf(path, sizeof(path), "/proc/%s/map_files/%" PRIx64 "-%" PRIx64, pid, start,
			 end);
		add_file(sum, path);
	}
	if (maps)
		fclose(maps);
}

static int whole_host(void)
{
	struct sum sum = {0};
	struct dirent *entry;
	DIR *proc = opendir("/proc");

	while (proc && (entry = readdir(proc)))
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
			add_process(&sum, entry->d_name);
	if (proc)
		closedir(proc);
	printf("all that runs: %zu files, %zu without unwind information, %zu failed: %zu bytes, "
	       "%.1f ms one after the other\n",
	       sum.files, sum.without, sum.failed, sum.bytes, (double)sum.ns / NSEC_PER_MSEC);
	vec_done(&sum.seen);
	return !sum.files;
}

int main(int argc, char **argv)
{
	int times = argc > 1 ? atoi(argv[1]) : 0, failed = 0;

	if (times < 1 || times > MAX_TIMES) {
		fprintf(stderr, "usage: tables TIMES [FILE...]\n");
		return 2;
	}
	if (argc == 2)
		return whole_host();
	for (int i = 2; i < argc; i++)
		failed |= one_file(argv[i], times);
	return failed;
}
