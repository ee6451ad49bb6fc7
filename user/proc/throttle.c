// SPDX-License-Identifier: GPL-2.0-or-later
#include "proc/throttle.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "util/mem.h"
#include "util/procfs.h"

#define STAT_BYTES 65536

/* Where systemd and the engines mount the trees; the first that has the file counts. */
static const char *const trees[] = {
	"/sys/fs/cgroup",
	"/sys/fs/cgroup/unified",
	"/sys/fs/cgroup/cpu,cpuacct",
	"/sys/fs/cgroup/cpu",
};

/* A number after a word at the start of a line. */
static uint64_t number_of(const char *text, const char *word)
{
	size_t n = strlen(word);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, word, n) && line[n] == ' ')
			return strtoull(line + n + 1, NULL, 10);
	}
	return 0;
}

void throttle_parse(const char *text, struct throttle *ret_throttle)
{
	uint64_t usec = number_of(text, "throttled_usec"); /* cgroup2 */
	uint64_t nsec = number_of(text, "throttled_time"); /* v1 */

	ret_throttle->ns = usec ? usec * 1000 : nsec;
	ret_throttle->times = number_of(text, "nr_throttled");
}

int throttle_read(const char *cgroup, struct throttle *ret_throttle)
{
	/* Paths come from the kernel, which lets nobody name a cgroup "..". */
	for (size_t i = 0; i < sizeof(trees) / sizeof(trees[0]); i++) {
		char *path = mem_printf("%s%s/cpu.stat", trees[i], cgroup);
		struct buf text = {0};
		int err = procfs_read(path, &text, STAT_BYTES);

		free(path);
		/* The cgroup2 tree has a cpu.stat without quotas where v1 has the controller. */
		if (!err && strstr(buf_str(&text), "nr_throttled")) {
			throttle_parse(buf_str(&text), ret_throttle);
			buf_done(&text);
			return 0;
		}
		buf_done(&text);
		if (err && err != -ENOENT && err != -ENOTDIR)
			return err;
	}
	return -ENOENT;
}
