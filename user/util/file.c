// SPDX-License-Identifier: GPL-2.0-or-later
#include "util/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/mem.h"

#define SPARE_FDS 64 /* descriptors left for everybody else */

/* ".NAME.PID.tmp" beside the name. */
static char *temporary_name(const char *name)
{
	const char *slash = strrchr(name, '/');
	const char *base = slash ? slash + 1 : name;

	return mem_printf("%.*s.%s.%d.tmp", (int)(base - name), name, base, getpid());
}

static int open_nameless(int dir_fd, const char *name)
{
	const char *slash = strrchr(name, '/');
	char *dir = slash ? mem_printf("%.*s", slash == name ? 1 : (int)(slash - name), name)
			  : mem_strdup(".");
	int fd = openat(dir_fd, dir, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);

	free(dir);
	return fd < 0 ? -errno : fd;
}

int file_create(struct file_new *file, int dir_fd, const char *name)
{
	struct file_new new = {.dir_fd = dir_fd, .name = name};
	int fd = open_nameless(dir_fd, name);

	/* Kernels and file systems without it answer with one of these. */
	if (fd == -EOPNOTSUPP || fd == -EISDIR || fd == -EINVAL) {
		new.temporary = temporary_name(name);
		fd = openat(dir_fd, new.temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (fd < 0)
			fd = -errno;
	}
	if (fd < 0) {
		free(new.temporary);
		return fd;
	}
	new.stream = fdopen(fd, "w");
	if (!new.stream) {
		close(fd);
		return -ENOMEM;
	}
	*file = new;
	return 0;
}

/* Links the nameless file under a name; a name that is taken is replaced in one step. */
static int give_name(struct file_new *file)
{
	char from[64];

	snprintf(from, sizeof(from), "/proc/self/fd/%d", fileno(file->stream));
	if (!linkat(AT_FDCWD, from, file->dir_fd, file->name, AT_SYMLINK_FOLLOW))
		return 0;
	if (errno != EEXIST)
		return -errno;
	file->temporary = temporary_name(file->name);
	if (linkat(AT_FDCWD, from, file->dir_fd, file->temporary, AT_SYMLINK_FOLLOW))
		return -errno;
	return 0;
}

int file_commit(struct file_new *file)
{
	int err = 0;

	if (fflush(file->stream) || ferror(file->stream))
		err = errno ? -errno : -EIO;
	if (!err && !file->temporary)
		err = give_name(file);
	if (!err && file->temporary &&
	    renameat(file->dir_fd, file->temporary, file->dir_fd, file->name))
		err = -errno;
	if (err) {
		file_abandon(file);
		return err;
	}
	fclose(file->stream);
	free(file->temporary);
	*file = (struct file_new){0};
	return 0;
}

void file_abandon(struct file_new *file)
{
	if (file->stream)
		fclose(file->stream);
	if (file->temporary)
		unlinkat(file->dir_fd, file->temporary, 0);
	free(file->temporary);
	*file = (struct file_new){0};
}

void file_limit_raise(void)
{
	struct rlimit limit;

	if (!getrlimit(RLIMIT_NOFILE, &limit)) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

int file_limit_kept(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= INT32_MAX)
		return INT32_MAX;
	return (int)limit.rlim_cur - SPARE_FDS;
}
