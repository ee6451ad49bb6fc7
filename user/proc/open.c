// SPDX-License-Identifier: GPL-2.0-or-later
#include "proc/open.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "util/mountinfo.h"
#include "util/mem.h"

#define FUSE_MAGIC 0x65735546 /* FUSE_SUPER_MAGIC, which <linux/magic.h> has since Linux 6.0 */

static int handle(const char *path, int flags)
{
	int fd = open(path, O_PATH | O_CLOEXEC | flags);

	return fd < 0 ? -errno : fd;
}

int open_mapped(pid_t tgid, uint64_t start, uint64_t end)
{
	char path[96];

	snprintf(path, sizeof(path), "/proc/%d/map_files/%" PRIx64 "-%" PRIx64, tgid, start, end);
	return handle(path, 0);
}

int open_root(pid_t tgid)
{
	char path[64] = "/proc/self/root";

	if (tgid > 0)
		snprintf(path, sizeof(path), "/proc/%d/root", tgid);
	return handle(path, O_DIRECTORY);
}

int open_below(int root, const char *path, bool no_links)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	long fd;

	if (no_links)
		how.resolve |= RESOLVE_NO_SYMLINKS;
	fd = syscall(SYS_openat2, root, path, &how, sizeof(how));
	return fd < 0 ? -errno : (int)fd;
}

/* 1: FUSE, 0: not, -ENOENT: these mounts do not show it. */
static int fuse_by_mounts(const char *mountinfo, int mount_id)
{
	const struct mount *mount;
	struct mountinfo m;
	int ret = -ENOENT;

	if (mount_id < 0 || mountinfo_read(&m, mountinfo))
		return ret;
	mount = mountinfo_find(&m, mount_id);
	if (mount)
		ret = mount_is_fuse(mount);
	mountinfo_done(&m);
	return ret;
}

/*
 * statfs() asks the server of a FUSE mount that lets everybody in, so the mount tables come first;
 * a mount that is in neither is the kernel's own (memfd), or in a third namespace.
 */
static bool is_fuse(int fd, pid_t tgid, int mount_id)
{
	struct statfs fs;
	char path[64];
	int ret;

	ret = fuse_by_mounts("/proc/self/mountinfo", mount_id);
	if (ret < 0 && tgid > 0) {
		snprintf(path, sizeof(path), "/proc/%d/mountinfo", tgid);
		ret = fuse_by_mounts(path, mount_id);
	}
	if (ret >= 0)
		return ret;
	return fstatfs(fd, &fs) || fs.f_type == FUSE_MAGIC;
}

int open_inspect(int fd, pid_t tgid, struct open_info *ret_info)
{
	struct open_info info = {.mount_id = -1};
	struct statx stx;

	/* Without "sync" the attributes come from the cache: no server is asked. */
	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC,
		  STATX_TYPE | STATX_INO | STATX_SIZE | STATX_NLINK | STATX_MNT_ID, &stx))
		return -errno;
	if (stx.stx_mask & STATX_MNT_ID)
		info.mount_id = (int)stx.stx_mnt_id;
	info.inode = stx.stx_ino;
	info.size = stx.stx_size;
	info.links = stx.stx_nlink;
	if (!S_ISREG(stx.stx_mode))
		info.err = -EINVAL;
	else if (is_fuse(fd, tgid, info.mount_id))
		info.err = -ENOTSUP;
	*ret_info = info;
	return 0;
}

int open_for_reading(int fd)
{
	char path[64];
	int readable;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	readable = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return readable < 0 ? -errno : readable;
}

int open_inspected(int handle, pid_t tgid)
{
	struct open_info info;
	int fd, err;

	if (handle < 0)
		return handle;
	err = open_inspect(handle, tgid, &info);
	if (!err)
		err = info.err;
	fd = err ? err : open_for_reading(handle);
	close(handle);
	return fd;
}

const char *open_why(int err)
{
	switch (err) {
	case -EINVAL: return "not a regular file";
	case -ENOTSUP: return "on a file system whose files are not read";
	default: return strerror(-err);
	}
}

char *open_path(int fd)
{
	char link[64], path[PATH_MAX];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n <= 0)
		return NULL;
	path[n] = '\0';
	return mem_strdup(path);
}
