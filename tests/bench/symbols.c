// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * symbols N names|lines FILE...: how long N distinct addresses, spread evenly over the code of the
 * files, take to get their names, with or without lines and inlined functions, and how much memory
 * at most.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "elf/file.h"
#include "model/profile.h"
#include "sym/binaries.h"
#include "sym/symbolize.h"
#include "util/clock.h"
#include "util/mem.h"

struct bench {
	struct binaries *binaries;
	struct profile *profile;
	VEC(struct origin) origins;
};

/* As the kernel part would have told it: by a mapping of a living process. */
static int add_file(struct bench *b, const char *path, size_t n)
{
	struct binary_seen seen = {.tgid = getpid(), .path = ""};
	const struct elf_segment *segment;
	struct origin origin = {.kind = ORIGIN_FILE};
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct elf_file f;
	struct stat st;
	uint32_t mapping;
	void *at;

	if (fd < 0 || fstat(fd, &st) || elf_file_init(&f, fd)) {
		fprintf(stderr, "%s: cannot be read as ELF\n", path);
		return -1;
	}
	at = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	if (at == MAP_FAILED)
		return -1;
	seen.inode = st.st_ino;
	seen.vm_start = (uint64_t)(uintptr_t)at;
	seen.vm_end = seen.vm_start + 4096;
	origin.binary = binaries_add(b->binaries, &seen);
	mapping = profile_new_mapping(b->profile, &(struct profile_mapping){0});
	vec_push(&b->origins, origin);
	vec_each(segment, &f.segments)
		for (size_t i = 0; segment->executable && i < n; i++)
			profile_add_location(b->profile, mapping,
					     segment->offset + segment->filesz * i / n);
	elf_file_done(&f);
	munmap(at, 4096);
	close(fd);
	return 0;
}

static void print(const struct bench *b, uint64_t took)
{
	const struct profile_location *l;
	size_t named = 0, lines = 0, frames = 0;
	struct rusage own, child;

	vec_each(l, &b->profile->locations) {
		named += l->n_lines > 0;
		frames += l->n_lines;
		if (l->n_lines)
			lines += b->profile->lines.at[l->first_line].line > 0;
	}
	getrusage(RUSAGE_SELF, &own);
	getrusage(RUSAGE_CHILDREN, &child);
	printf("%zu addresses in %zu files: %.0f ms; %zu named, %zu with lines, %zu frames; "
	       "at most %ld MB here, %ld MB in a child\n",
	       b->profile->locations.n, b->origins.n, (double)took / NSEC_PER_MSEC, named, lines,
	       frames, own.ru_maxrss >> 10, child.ru_maxrss >> 10);
}

int main(int argc, char **argv)
{
	struct bench b = {.binaries = binaries_new(), .profile = profile_new()};
	const struct symbolizer_failure *failures;
	struct symbolizer_options options = {0};
	struct symbolizer *s;
	uint64_t began;
	size_t n, i;

	if (argc < 4)
		return 2;
	options.no_lines = strcmp(argv[2], "lines");
	for (i = 3; i < (size_t)argc; i++)
		if (add_file(&b, argv[i], strtoul(argv[1], NULL, 10) / ((size_t)argc - 3)))
			return 1;
	s = symbolizer_new(b.binaries, &options);
	began = clock_mono_ns();
	if (symbolizer_run(s, b.profile, b.origins.at, b.origins.n))
		return 1;
	print(&b, clock_mono_ns() - began);
	n = symbolizer_failures(s, &failures);
	for (i = 0; i < n; i++)
		printf("%s of %s: %s\n", failures[i].what, failures[i].path,
		       strerror(-failures[i].err));
	symbolizer_free(s);
	binaries_free(b.binaries);
	profile_free(b.profile);
	vec_done(&b.origins);
	return 0;
}
