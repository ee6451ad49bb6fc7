// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/groups.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>

#include "hostprof/event.h"
#include "proc/cgroups.h"
#include "proc/open.h"
#include "util/cgroupfs.h"
#include "util/mem.h"
#include "util/procfs.h"

/* 1 + the kernel's number of a controller, which is different in each build; 0: it has none. */
static uint32_t subsystem_of(const struct btf *btf, const char *controller)
{
	/* The only one that goes by another name. */
	const char *stem = strcmp(controller, "blkio") ? controller : "io";
	int32_t id = btf__find_by_name_kind(btf, "cgroup_subsys_id", BTF_KIND_ENUM);
	const struct btf_type *type = id > 0 ? btf__type_by_id(btf, (uint32_t)id) : NULL;
	char *wanted = mem_printf("%s_cgrp_id", stem);
	uint32_t found = 0;

	for (int i = 0; type && i < btf_vlen(type) && !found; i++) {
		const struct btf_enum *value = btf_enum(type) + i;

		if (!strcmp(btf__name_by_offset(btf, value->name_off), wanted))
			found = (uint32_t)value->val + 1;
	}
	free(wanted);
	return found;
}

/* The first of a tree's controllers that the kernel knows as one; to be freed. */
static char *controller_of(const struct cgroup_tree *tree, uint32_t *ret_subsystem)
{
	struct btf *btf = btf__load_vmlinux_btf();
	char *words = mem_strdup(tree->controllers), *rest = words, *word, *found = NULL;

	while (btf && !found && (word = strsep(&rest, ","))) {
		uint32_t subsystem = subsystem_of(btf, word);

		if (!subsystem)
			continue;
		found = mem_strdup(word);
		*ret_subsystem = subsystem;
	}
	free(words);
	btf__free(btf);
	return found;
}

/* What kind of directory is it? 0: none of cgroups. */
static long type_of(int fd)
{
	struct statfs fs;

	if (fstatfs(fd, &fs))
		return 0;
	return fs.f_type == CGROUP2_SUPER_MAGIC || fs.f_type == CGROUP_SUPER_MAGIC ? fs.f_type : 0;
}

/* As it is given, or below the root of a tree; the tree it is in, or NULL when only a part of that
 * is mounted here. A descriptor or -errno. */
static int open_group(const struct cgroup_trees *trees, const char *name,
		      const struct cgroup_tree **ret_tree)
{
	const struct cgroup_tree *tree;
	struct stat st, root;
	int fd = -1, err = -ENOENT;

	if (name[0] == '/') {
		fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		err = fd < 0 ? -errno : -EINVAL;
	}
	if (fd >= 0 && !type_of(fd)) {
		close(fd);
		fd = -1;
	}
	for (size_t i = 0; fd < 0 && i < trees->list.n; i++) {
		char *path = mem_printf("%s/%s", trees->list.at[i].point, name);

		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		free(path);
		if (fd >= 0 && !type_of(fd)) { /* "..", or what is mounted in there */
			close(fd);
			fd = -1;
			err = -EINVAL;
		}
	}
	if (fd < 0)
		return err;
	*ret_tree = NULL;
	vec_each(tree, &trees->list)
		if (!*ret_tree && !fstat(fd, &st) && !stat(tree->point, &root) &&
		    st.st_dev == root.st_dev)
			*ret_tree = tree;
	return fd;
}

/* The path below the tree's root. */
static char *path_below(int fd, const struct cgroup_tree *tree)
{
	char *whole = open_path(fd), *point, *path = NULL;
	int root = open(tree->point, O_PATH | O_DIRECTORY | O_CLOEXEC);
	size_t n;

	point = root < 0 ? NULL : open_path(root);
	n = point ? strlen(point) : 0;
	if (whole && point && !strncmp(whole, point, n) && (!whole[n] || whole[n] == '/'))
		path = mem_strdup(whole[n] ? whole + n : "/");
	if (root >= 0)
		close(root);
	free(point);
	free(whole);
	return path;
}

/* All of v1 that are named must be in one tree: there is one filter for it. */
static int take_controller(struct groups *groups, const char *name, const struct cgroup_tree *tree,
			   struct buf *why)
{
	uint32_t subsystem = 0;
	char *controller = tree ? controller_of(tree, &subsystem) : NULL;

	if (!controller) {
		buf_printf(why,
			   "--cgroup %s is in a tree of cgroup v1 without a controller of the "
			   "kernel's: give the directory in that of pids or memory",
			   name);
		return -EINVAL;
	}
	if (groups->controller && strcmp(groups->controller, controller)) {
		buf_printf(why,
			   "--cgroup %s is in the tree of %s, another one in that of %s: give all "
			   "in one tree",
			   name, controller, groups->controller);
		free(controller);
		return -EINVAL;
	}
	free(groups->controller);
	groups->controller = controller;
	groups->subsystem = subsystem;
	return 0;
}

static void say_where(const struct cgroup_trees *trees, struct buf *why)
{
	const struct cgroup_tree *unified = cgroup_trees_with(trees, NULL);

	if (unified)
		buf_printf(why, "the cgroup2 tree, which is at %s", unified->point);
	else
		buf_printf(why, "a tree of cgroups: see /proc/mounts");
}

int groups_add(struct groups *groups, const char *name, struct buf *why)
{
	const struct cgroup_tree *tree = NULL;
	struct group group = {.name = name};
	struct cgroup_trees trees;
	struct stat st;
	int fd, err = 0;

	if (groups->list.n == HP_CGROUPS_ASKED) {
		buf_printf(why, "--cgroup: more than %d of them: name one above them instead",
			   HP_CGROUPS_ASKED);
		return -E2BIG;
	}
	cgroup_trees_find(&trees);
	fd = open_group(&trees, name, &tree);
	if (fd < 0 || fstat(fd, &st)) {
		err = fd < 0 ? fd : -errno;
		if (!trees.list.n)
			buf_printf(why,
				   "--cgroup %s: no tree of cgroups is mounted: mount -t "
				   "cgroup2 none /sys/fs/cgroup",
				   name);
		else if (err == -EINVAL)
			buf_printf(why, "--cgroup %s is not in ", name);
		else
			buf_printf(why, "--cgroup %s: %s: give a directory of ", name,
				   strerror(-err));
		if (trees.list.n)
			say_where(&trees, why);
		goto out;
	}
	group.id = st.st_ino;
	group.legacy = type_of(fd) == CGROUP_SUPER_MAGIC;
	if (group.legacy)
		err = take_controller(groups, name, tree, why);
	if (!err) {
		/* Elsewhere the paths of /proc/PID/cgroup are not from the root. */
		if (tree && procfs_is_host_cgroups())
			group.path = path_below(fd, tree);
		vec_push(&groups->list, group);
	}
out:
	if (fd >= 0)
		close(fd);
	cgroup_trees_done(&trees);
	return err;
}

void groups_done(struct groups *groups)
{
	struct group *group;

	vec_each(group, &groups->list)
		free(group->path);
	vec_done(&groups->list);
	free(groups->controller);
	*groups = (struct groups){0};
}

int groups_apply(const struct groups *groups, int map)
{
	const struct group *group;
	uint8_t one = 1;

	vec_each(group, &groups->list) {
		struct hp_cgroup_id id = {.id = group->id, .legacy = group->legacy};

		if (bpf_map_update_elem(map, &id, &one, BPF_ANY))
			return -errno;
	}
	return 0;
}

static bool is_below(const char *path, const char *top)
{
	size_t n = strcmp(top, "/") ? strlen(top) : 0;

	return path && !strncmp(path, top, n) && (!path[n] || path[n] == '/');
}

bool groups_hold(const struct groups *groups, pid_t pid)
{
	char *unified = cgroups_path(pid, NULL);
	char *legacy = groups->controller ? cgroups_path(pid, groups->controller) : NULL;
	const struct group *group;
	bool hold = !groups->list.n;

	vec_each(group, &groups->list)
		hold |= !group->path || is_below(group->legacy ? legacy : unified, group->path);
	free(unified);
	free(legacy);
	return hold;
}
