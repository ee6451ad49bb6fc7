// SPDX-License-Identifier: GPL-2.0-or-later
#include "proc/memlimit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proc/cgroups.h"
#include "util/buf.h"
#include "util/cgroupfs.h"
#include "util/mem.h"

#define NUMBER_BYTES	64
#define PROCESSES_BYTES (1u << 20)
#define DEPTH_MAX	64
#define NO_LIMIT	(1ull << 60) /* v1 has what fits into a signed long, in whole pages */

uint64_t memlimit_parse(const char *text)
{
	char *end;
	unsigned long long n = strtoull(text, &end, 10);

	return end == text || n >= NO_LIMIT ? 0 : n;
}

static int read_number(const struct cgroup_tree *tree, const char *cgroup, const char *file,
		       uint64_t *ret_number)
{
	struct buf text = {0};
	int err = cgroup_tree_read(tree, cgroup, file, NUMBER_BYTES, &text);

	if (!err)
		*ret_number = memlimit_parse(buf_str(&text));
	buf_done(&text);
	return err;
}

static int read_both(const struct cgroup_tree *tree, const char *cgroup,
		     struct memlimit *ret_memlimit)
{
	const char *limit = tree->controllers ? "memory.limit_in_bytes" : "memory.max";
	const char *used = tree->controllers ? "memory.usage_in_bytes" : "memory.current";
	char *path = mem_strdup(cgroup), *slash;
	struct memlimit memlimit = {0};
	int err = read_number(tree, path, used, &memlimit.used);

	for (int i = 0; !err && i < DEPTH_MAX && *path; i++) {
		uint64_t this;

		/* The root of the tree has no limit. */
		if (!read_number(tree, path, limit, &this) && this &&
		    (!memlimit.limit || this < memlimit.limit))
			memlimit.limit = this;
		slash = strrchr(path, '/');
		if (!slash)
			break;
		*slash = '\0';
	}
	free(path);
	if (!err)
		*ret_memlimit = memlimit;
	return err;
}

/* Where a process of the cgroup is in the tree of v1's memory controller: runc, for one, can put
 * it elsewhere there than in the others. */
static char *memory_path(const struct cgroup_trees *trees, const char *cgroup)
{
	const struct cgroup_tree *tree;
	char *path = NULL;

	vec_each(tree, &trees->list) {
		struct buf text = {0};
		long pid = 0;

		if (!path &&
		    !cgroup_tree_read(tree, cgroup, "cgroup.procs", PROCESSES_BYTES, &text))
			pid = strtol(buf_str(&text), NULL, 10);
		if (pid > 0)
			path = cgroups_path((pid_t)pid, "memory");
		buf_done(&text);
	}
	return path;
}

int memlimit_read(const struct cgroup_trees *trees, const char *cgroup,
		  struct memlimit *ret_memlimit)
{
	const struct cgroup_tree *legacy = cgroup_trees_with(trees, "memory");
	const struct cgroup_tree *tree = legacy ? legacy : cgroup_trees_with(trees, NULL);
	char *path;
	int err;

	if (!tree)
		return -ENOENT;
	if (!legacy)
		return read_both(tree, cgroup, ret_memlimit);
	path = memory_path(trees, cgroup);
	err = read_both(tree, path ? path : cgroup, ret_memlimit);
	free(path);
	return err;
}
