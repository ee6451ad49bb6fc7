// SPDX-License-Identifier: GPL-2.0-or-later
#include "util/cgroupfs.h"

#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "util/mem.h"
#include "util/mountinfo.h"
#include "util/procfs.h"

#define ROOT_INODE 1 /* of every tree's root; what a container has mounted begins further down */

/* Is the whole tree to be seen there, and not something that was mounted over it? */
static bool is_whole(const char *point, bool unified)
{
	struct statfs fs;
	struct stat st;

	return !stat(point, &st) && st.st_ino == ROOT_INODE && !statfs(point, &fs) &&
	       fs.f_type == (unified ? CGROUP2_SUPER_MAGIC : CGROUP_SUPER_MAGIC);
}

static void find_in(struct cgroup_trees *trees, const char *mountinfo, const char *root,
		    bool unified)
{
	struct mountinfo mounts;
	struct mount *mount;

	if (mountinfo_read(&mounts, mountinfo))
		return;
	vec_each(mount, &mounts.mounts) {
		struct cgroup_tree tree;

		if (strcmp(mount->type, unified ? "cgroup2" : "cgroup"))
			continue;
		tree.point = mem_printf("%s%s", root, mount->point);
		if (is_whole(tree.point, unified)) {
			tree.controllers = unified ? NULL : mem_strdup(mount->super);
			vec_push(&trees->list, tree);
		} else {
			free(tree.point);
		}
	}
	mountinfo_done(&mounts);
}

void cgroup_trees_find(struct cgroup_trees *trees)
{
	const char *root = procfs_host_root();

	*trees = (struct cgroup_trees){0};
	find_in(trees, "/proc/self/mountinfo", "", true);
	find_in(trees, "/proc/self/mountinfo", "", false);
	if (trees->list.n || !root || !strcmp(root, "/"))
		return;
	find_in(trees, "/proc/1/mountinfo", root, true);
	find_in(trees, "/proc/1/mountinfo", root, false);
}

void cgroup_trees_done(struct cgroup_trees *trees)
{
	struct cgroup_tree *tree;

	vec_each(tree, &trees->list) {
		free(tree->point);
		free(tree->controllers);
	}
	vec_done(&trees->list);
}

bool cgroup_tree_has(const struct cgroup_tree *tree, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = tree->controllers; at && *at; at += *at == ',') {
		size_t len = strcspn(at, ",");

		if (len == n && !memcmp(at, word, n))
			return true;
		at += len;
	}
	return false;
}

const struct cgroup_tree *cgroup_trees_with(const struct cgroup_trees *trees,
					    const char *controller)
{
	const struct cgroup_tree *tree;

	vec_each(tree, &trees->list) {
		if (controller ? cgroup_tree_has(tree, controller) : !tree->controllers)
			return tree;
	}
	return NULL;
}

int cgroup_tree_read(const struct cgroup_tree *tree, const char *cgroup, const char *file,
		     size_t limit, struct buf *out)
{
	/* Paths come from the kernel, which lets nobody name a cgroup "..". */
	char *path = mem_printf("%s%s/%s", tree->point, cgroup, file);
	int err = procfs_read(path, out, limit);

	free(path);
	return err;
}
