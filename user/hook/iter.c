// SPDX-License-Identifier: GPL-2.0-or-later
#include "hook/iter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "util/mem.h"

#define READ_BYTES (64u << 10)

/* A read can end in the middle of a record. */
static int read_all(int fd, size_t size, void (*take)(void *arg, const void *record, size_t size),
		    void *arg)
{
	char *bytes = mem_alloc(READ_BYTES);
	size_t have = 0;
	int err = 0;

	for (;;) {
		ssize_t n = read(fd, bytes + have, READ_BYTES - have);
		size_t at = 0;

		if (n < 0 && errno == EAGAIN)
			continue;
		if (n <= 0) {
			err = n < 0 ? -errno : 0;
			break;
		}
		have += (size_t)n;
		for (; size && have - at >= size; at += size)
			take(arg, bytes + at, size);
		have = size ? have - at : 0;
		memmove(bytes, bytes + at, have);
	}
	free(bytes);
	return err;
}

int iter_run(const struct bpf_program *program, size_t size,
	     void (*take)(void *arg, const void *record, size_t size), void *arg)
{
	struct bpf_link *link = bpf_program__attach_iter(program, NULL);
	int fd, err;

	if (!link)
		return -errno;
	fd = bpf_iter_create(bpf_link__fd(link));
	err = fd < 0 ? -errno : read_all(fd, size, take, arg);
	if (fd >= 0)
		close(fd);
	bpf_link__destroy(link);
	return err;
}
