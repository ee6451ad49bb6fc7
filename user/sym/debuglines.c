// SPDX-License-Identifier: GPL-2.0-or-later
#include "sym/debuglines.h"

#include <errno.h>
#include <stdlib.h>

#include "sym/namer.h"
#include "util/clock.h"
#include "util/isolate.h"

static int write_lines(void *arg, int out)
{
	return lines_write(arg, out);
}

int debuglines_read(int fd, int alt_fd, const struct place *places, size_t n, uint64_t *left_ns,
		    struct lines *ret_lines)
{
	struct isolate_limits limits = {.memory = DEBUGLINES_MAX_MEMORY,
					.output = DEBUGLINES_MAX_OUTPUT,
					.time_ns = DEBUGLINES_FILE_NS};
	uint64_t *addresses = mem_array(n, sizeof(*addresses)), began = clock_mono_ns(), took;
	struct lines_request request = {fd, alt_fd, addresses, n};
	struct buf bytes = {0};
	int err = -ETIME;
	size_t i;

	for (i = 0; i < n; i++)
		addresses[i] = places[i].address;
	if (limits.time_ns > *left_ns)
		limits.time_ns = *left_ns;
	if (limits.time_ns)
		err = isolate_run(&limits, write_lines, &request, &bytes);
	took = clock_mono_ns() - began;
	*left_ns -= took < *left_ns ? took : *left_ns;
	lines_parse(buf_str(&bytes), bytes.len, n, ret_lines);
	buf_done(&bytes);
	free(addresses);
	return err;
}
