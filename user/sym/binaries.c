// SPDX-License-Identifier: GPL-2.0-or-later
#include "sym/binaries.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "util/mountinfo.h"
#include "proc/open.h"
#include "sym/kept.h"
#include "util/file.h"
#include "util/mem.h"
#include "util/vec.h"

#define DELETED " (deleted)"

struct binaries {
	VEC(struct binary) list;
	int highest_fd; /* to be kept */
	struct stat root;
	unsigned int looked; /* binaries whose debug files were looked for */
};

struct binaries *binaries_new(void)
{
	struct binaries *b = mem_zalloc(sizeof(*b));

	b->highest_fd = file_limit_kept();
	if (stat("/", &b->root))
		b->looked = KEPT_MAX;
	return b;
}

void binaries_free(struct binaries *b)
{
	struct binary *binary;

	if (!b)
		return;
	vec_each(binary, &b->list) {
		if (binary->fd >= 0)
			close(binary->fd);
		kept_free(binary->kept);
		free(binary->path);
	}
	vec_done(&b->list);
	free(b);
}

static bool on_overlay(int fd)
{
	struct statfs fs;

	return !fstatfs(fd, &fs) && fs.f_type == OVERLAYFS_SUPER_MAGIC;
}

/*
 * Takes over a handle. It must be a regular file with the inode that was seen; `mount_id` is that
 * of the mount it was looked for on, or -1 for any.
 */
static int keep(struct binaries *b, struct binary *binary, int handle,
		const struct binary_seen *seen, pid_t tgid, int mount_id)
{
	struct open_info info;
	int fd = -1, err;

	err = open_inspect(handle, tgid, &info);
	if (!err)
		err = info.err;
	/*
	 * The range may be another file's by now, or the pid another process's. On overlayfs the
	 * kernel saw the inode of a layer below, and stat() may show the overlay's own.
	 */
	if (!err && info.inode != seen->inode && (mount_id >= 0 || !on_overlay(handle)))
		err = -ESTALE;
	if (!err && mount_id >= 0 && info.mount_id >= 0 && info.mount_id != mount_id)
		err = -ESTALE;
	if (err)
		goto out;
	fd = open_for_reading(handle);
	err = fd < 0 ? fd : 0;
	if (fd > b->highest_fd) {
		close(fd);
		err = -EMFILE;
	}
	if (err)
		goto out;
	binary->fd = fd;
	binary->size = info.size;
	binary->deleted = !info.links;
out:
	close(handle);
	return err;
}

static int keep_mapped(struct binaries *b, struct binary *binary, const struct binary_seen *seen)
{
	int handle = open_mapped(seen->tgid, seen->vm_start, seen->vm_end);

	if (handle < 0)
		return handle;
	return keep(b, binary, handle, seen, seen->tgid, -1);
}

/* Tries the path below every mount of that file system that `mountinfo` shows. */
static int keep_mounted(struct binaries *b, struct binary *binary, const struct binary_seen *seen,
			const char *mountinfo, pid_t tgid)
{
	const struct mount *mount;
	struct mountinfo m;
	int root, err;

	err = mountinfo_read(&m, mountinfo);
	if (err)
		return err;
	root = open_root(tgid);
	err = root < 0 ? root : -ENOENT;
	vec_each(mount, &m.mounts) {
		char *path;
		int handle;

		if (root < 0 || mount->dev_major != seen->dev_major ||
		    mount->dev_minor != seen->dev_minor || mount_is_fuse(mount) ||
		    mountinfo_crosses_fuse(&m, mount))
			continue;
		path = mount_path(mount, seen->path);
		if (!path)
			continue;
		handle = open_below(root, path, true);
		if (handle >= 0)
			err = keep(b, binary, handle, seen, tgid, mount->id);
		if (binary->fd >= 0)
			binary->path = path;
		else
			free(path);
		if (binary->fd >= 0)
			break;
	}
	if (root >= 0)
		close(root);
	mountinfo_done(&m);
	return err;
}

/* The path from the descriptor is the whole one as long as the process shows it to us. */
static void set_path(struct binary *binary, const struct binary_seen *seen)
{
	size_t n;

	if (binary->fd >= 0 && !binary->path)
		binary->path = open_path(binary->fd);
	if (!binary->path)
		binary->path = mem_strdup(seen->path && seen->path[0] ? seen->path : "[unknown]");
	n = strlen(binary->path);
	if (n > strlen(DELETED) && !strcmp(binary->path + n - strlen(DELETED), DELETED)) {
		binary->path[n - strlen(DELETED)] = '\0';
		binary->deleted = true;
	}
}

/* What is in our own file tree will be there at the end, too. */
static void keep_debug(struct binaries *b, struct binary *binary)
{
	struct stat its;
	int root;

	if (b->looked >= KEPT_MAX || binary->fd >= b->highest_fd - 2)
		return;
	root = open_root(binary->tgid);
	if (root < 0)
		return;
	if (!fstat(root, &its) && (its.st_ino != b->root.st_ino || its.st_dev != b->root.st_dev)) {
		b->looked++;
		binary->kept = kept_new(binary);
	}
	close(root);
}

uint32_t binaries_add(struct binaries *b, const struct binary_seen *seen)
{
	struct binary binary = {.fd = -1, .tgid = seen->tgid};
	bool has_path = seen->path && seen->path[0] == '/';
	char mountinfo[64];
	int err;

	binary.err = keep_mapped(b, &binary, seen);
	if (binary.fd < 0 && binary.err != -ENOTSUP && binary.err != -EMFILE && has_path) {
		snprintf(mountinfo, sizeof(mountinfo), "/proc/%d/mountinfo", seen->tgid);
		err = keep_mounted(b, &binary, seen, mountinfo, seen->tgid);
		if (binary.fd < 0)
			err = keep_mounted(b, &binary, seen, "/proc/self/mountinfo", 0);
		/* Why the living process refused says more than that its path led nowhere. */
		if (binary.fd >= 0 || binary.err == -ENOENT || binary.err == -ESRCH)
			binary.err = err;
	}
	if (binary.fd >= 0)
		binary.err = 0;
	set_path(&binary, seen);
	if (binary.fd >= 0)
		keep_debug(b, &binary);
	vec_push(&b->list, binary);
	return (uint32_t)b->list.n - 1;
}

uint32_t binaries_count(const struct binaries *b)
{
	return (uint32_t)b->list.n;
}

const struct binary *binaries_at(const struct binaries *b, uint32_t index)
{
	return &b->list.at[index];
}
