// SPDX-License-Identifier: GPL-2.0-or-later
#include "sym/debuglines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sym/binaries.h"
#include "sym/debugfile.h"
#include "sym/namer.h"
#include "util/clock.h"
#include "util/isolate.h"

static int write_lines(void *arg, int out)
{
	return lines_write(arg, out);
}

static int run(struct lines_request *request, const struct place *places, uint64_t *left_ns,
	       struct lines *ret_lines)
{
	struct isolate_limits limits = {.memory = DEBUGLINES_MAX_MEMORY,
					.output = DEBUGLINES_MAX_OUTPUT,
					.time_ns = DEBUGLINES_FILE_NS,
					.may_open = request->splits != NULL};
	uint64_t *addresses = mem_array(request->n, sizeof(*addresses));
	uint64_t began = clock_mono_ns(), took;
	struct buf bytes = {0};
	int err = -ETIME;
	size_t i;

	for (i = 0; i < request->n; i++)
		addresses[i] = places[i].address;
	request->addresses = addresses;
	if (limits.time_ns > *left_ns)
		limits.time_ns = *left_ns;
	if (limits.time_ns)
		err = isolate_run(&limits, write_lines, request, &bytes);
	took = clock_mono_ns() - began;
	*left_ns -= took < *left_ns ? took : *left_ns;
	lines_parse(buf_str(&bytes), bytes.len, request->n, ret_lines);
	buf_done(&bytes);
	free(addresses);
	return err;
}

int debuglines_read(int fd, int alt_fd, const struct place *places, size_t n, uint64_t *left_ns,
		    struct lines *ret_lines)
{
	struct lines_request request = {.fd = fd, .alt_fd = alt_fd, .n = n};

	return run(&request, places, left_ns, ret_lines);
}

struct splits {
	VEC(struct lines_split) list;
	uint64_t bytes;
};

/* Next to the binary is where it lies when all was moved from where it was built. */
static int open_split(const struct binary *binary, const char *path)
{
	const char *slash = strrchr(binary->path, '/'), *name = strrchr(path, '/');
	int fd = debugfile_open_path(binary, path);
	char *other;

	if (fd >= 0 || !slash || !name || binary->path[0] != '/')
		return fd;
	other = mem_printf("%.*s%s", (int)(slash - binary->path), binary->path, name);
	fd = debugfile_open_path(binary, other);
	free(other);
	return fd;
}

static void open_splits(struct splits *splits, const struct binary *binary,
			const struct lines *lines)
{
	const uint32_t *path;

	vec_each(path, &lines->splits) {
		struct lines_split split = {.path = lines_text(lines, *path)};
		struct stat st;

		split.fd = open_split(binary, split.path);
		if (split.fd < 0)
			continue;
		if (fstat(split.fd, &st) || st.st_size < 0 ||
		    (uint64_t)st.st_size > DEBUGLINES_MAX_SPLITS - splits->bytes) {
			close(split.fd);
			continue;
		}
		splits->bytes += (uint64_t)st.st_size;
		vec_push(&splits->list, split);
	}
}

int debuglines_read_split(const struct binary *binary, int fd, int alt_fd,
			  const struct place *places, size_t n, uint64_t *left_ns,
			  struct lines *lines)
{
	struct lines_request request = {.fd = fd, .alt_fd = alt_fd, .n = n};
	const struct lines_split *split;
	struct splits splits = {0};
	struct lines whole;
	int err = 0;

	open_splits(&splits, binary, lines);
	if (!splits.list.n)
		goto out;
	request.splits = splits.list.at;
	request.n_splits = splits.list.n;
	err = run(&request, places, left_ns, &whole);
	if (err || !whole.frames.n) {
		lines_done(&whole);
		goto out;
	}
	lines_done(lines);
	*lines = whole;
out:
	vec_each(split, &splits.list)
		close(split->fd);
	vec_done(&splits.list);
	return err;
}
