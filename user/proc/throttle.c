// SPDX-License-Identifier: GPL-2.0-or-later
#include "proc/throttle.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "util/buf.h"
#include "util/cgroupfs.h"

#define STAT_BYTES 65536

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

int throttle_read(const struct cgroup_trees *trees, const char *cgroup,
		  struct throttle *ret_throttle)
{
	/* The cgroup2 tree has a cpu.stat without quotas where v1 has the controller. */
	const struct cgroup_tree *legacy = cgroup_trees_with(trees, "cpu");
	const struct cgroup_tree *tree = legacy ? legacy : cgroup_trees_with(trees, NULL);
	struct buf text = {0};
	int err = tree ? cgroup_tree_read(tree, cgroup, "cpu.stat", STAT_BYTES, &text) : -ENOENT;

	if (!err && !strstr(buf_str(&text), "nr_throttled"))
		err = -ENOENT;
	if (!err)
		throttle_parse(buf_str(&text), ret_throttle);
	buf_done(&text);
	return err;
}
