// SPDX-License-Identifier: GPL-2.0-or-later
#include "out/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "util/file.h"

#define SUMMARY_LIMIT (16u << 20)

static bool is_empty(int fd)
{
	DIR *dir = fdopendir(dup(fd));
	struct dirent *entry;
	bool empty = true;

	if (!dir)
		return false;
	while (empty && (entry = readdir(dir)))
		empty = !strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..");
	closedir(dir);
	return empty;
}

/* Does it hold a summary that hostprof wrote? */
static bool is_ours(int dir_fd)
{
	int fd = openat(dir_fd, FOLDER_SUMMARY, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	json_t *summary = NULL;
	bool ours;

	if (fd < 0)
		return false;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size <= SUMMARY_LIMIT)
		summary = json_loadfd(fd, 0, NULL);
	ours = json_is_string(json_object_get(summary, "hostprof"));
	json_decref(summary);
	close(fd);
	return ours;
}

/* Makes it and takes it away again: nothing else tells for sure. */
static int try_make(const char *path, struct buf *why)
{
	int err;

	if (!mkdir(path, 0700) && !rmdir(path))
		return 0;
	err = -errno;
	buf_printf(why, "cannot make the folder %s: %s: choose another with -o", path,
		   strerror(-err));
	return err;
}

static int check_existing(int fd, const char *path, struct buf *why)
{
	char here[64];

	if (!is_empty(fd) && !is_ours(fd)) {
		buf_printf(why,
			   "%s is not empty and holds no recording of hostprof: choose another "
			   "folder with -o, or empty it",
			   path);
		return -ENOTEMPTY;
	}
	snprintf(here, sizeof(here), "/proc/self/fd/%d", fd);
	if (access(here, W_OK | X_OK)) {
		int err = -errno;

		buf_printf(why, "cannot write to %s: %s: choose another folder with -o", path,
			   strerror(-err));
		return err;
	}
	return 0;
}

int folder_check(const char *path, struct buf *why)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int err;

	if (fd < 0 && errno == ENOENT)
		return try_make(path, why);
	if (fd < 0) {
		err = -errno;
		buf_printf(why, "cannot use %s as the output folder: %s: choose another with -o",
			   path, strerror(-err));
		return err;
	}
	err = check_existing(fd, path, why);
	close(fd);
	return err;
}

int folder_open(struct folder *folder, const char *path, struct buf *why)
{
	int err = 0, fd;

	/* What profiles say of a host is its operator's business. */
	if (mkdir(path, 0700) && errno != EEXIST)
		err = -errno;
	fd = err ? -1 : open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (!err && fd < 0)
		err = -errno;
	if (err) {
		buf_printf(why, "cannot make the folder %s: %s: choose another with -o", path,
			   strerror(-err));
		return err;
	}
	err = check_existing(fd, path, why);
	if (err) {
		close(fd);
		return err;
	}
	*folder = (struct folder){.fd = fd, .path = path};
	return 0;
}

int folder_write(struct folder *folder, const char *name, int (*write)(const void *arg, FILE *to),
		 const void *arg, struct buf *why)
{
	struct file_new file;
	int err = file_create(&file, folder->fd, name);

	if (!err) {
		err = write(arg, file.stream);
		if (err)
			file_abandon(&file);
		else
			err = file_commit(&file);
	}
	if (err)
		buf_printf(why, "cannot write %s/%s: %s: %s", folder->path, name, strerror(-err),
			   err == -ENOSPC ? "free some space, or choose another folder with -o"
					  : "choose another folder with -o");
	return err;
}

void folder_remove(struct folder *folder, const char *name)
{
	unlinkat(folder->fd, name, 0);
}

void folder_close(struct folder *folder)
{
	close(folder->fd);
}
