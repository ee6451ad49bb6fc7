// SPDX-License-Identifier: GPL-2.0-or-later
#include "proc/container_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "proc/open.h"
#include "util/mem.h"
#include "util/procfs.h"

#define PID_FILE_MAX 64

static int handle_below(const struct container_dir *dir, const char *path, uint64_t flags)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC | flags,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS |
			   (dir->user ? RESOLVE_NO_XDEV : 0),
	};
	long fd;

	if (dir->fd < 0)
		return dir->fd;
	fd = syscall(SYS_openat2, dir->fd, path, &how, sizeof(how));
	return fd < 0 ? -errno : (int)fd;
}

struct container_dir container_dir_open(int root, const char *path)
{
	return (struct container_dir){.fd = open_below(root, path, false)};
}

struct container_dir container_dir_below(const struct container_dir *dir, const char *path)
{
	return (struct container_dir){.fd = handle_below(dir, path, O_DIRECTORY),
				      .user = dir->user};
}

void container_dir_close(struct container_dir *dir)
{
	if (dir->fd >= 0)
		close(dir->fd);
	dir->fd = -EBADF;
}

int container_file_read(const struct container_dir *dir, const char *path, size_t limit,
			struct buf *out)
{
	int handle = handle_below(dir, path, 0), fd, err;
	struct open_info info;

	if (handle < 0)
		return handle;
	if (dir->user && limit > CONTAINER_USER_BYTES)
		limit = CONTAINER_USER_BYTES;
	err = open_inspect(handle, 0, &info);
	if (!err)
		err = info.err;
	if (!err && info.size > limit)
		err = -EFBIG;
	if (err)
		goto out;
	fd = open_for_reading(handle);
	if (fd < 0) {
		err = fd;
		goto out;
	}
	err = procfs_read_fd(fd, out, limit);
	close(fd);
out:
	close(handle);
	return err;
}

int container_file_json(const struct container_dir *dir, const char *path, size_t limit,
			json_t **ret_json)
{
	struct buf text = {0};
	int err = container_file_read(dir, path, limit, &text);
	json_t *json;

	if (!err) {
		json = json_loadb(buf_str(&text), text.len, 0, NULL);
		if (json)
			*ret_json = json;
		else
			err = -EBADMSG;
	}
	buf_done(&text);
	return err;
}

pid_t container_file_pid(const struct container_dir *dir, const char *path)
{
	struct buf text = {0};
	long pid = 0;

	if (!container_file_read(dir, path, PID_FILE_MAX, &text))
		pid = strtol(buf_str(&text), NULL, 10);
	buf_done(&text);
	return pid > 0 && pid <= INT32_MAX ? (pid_t)pid : 0;
}

bool container_dir_each(const struct container_dir *dir, size_t limit,
			bool (*each)(const char *name, void *arg), void *arg)
{
	int fd = dir->fd < 0 ? -1 : openat(dir->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	bool done = false;

	if (!stream) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	while (!done && limit-- && (entry = readdir(stream)))
		if (entry->d_name[0] != '.')
			done = each(entry->d_name, arg);
	closedir(stream);
	return done;
}

const char *container_json_text(const json_t *json, ...)
{
	const char *key, *text;
	va_list keys;

	va_start(keys, json);
	while ((key = va_arg(keys, const char *)))
		json = json_object_get(json, key);
	va_end(keys);
	text = json_string_value(json);
	return text ? text : "";
}

char *container_toml_text(const char *toml, const char *key)
{
	size_t n = strlen(key);

	for (const char *end; *toml; toml = *end ? end + 1 : end) {
		const char *line = toml + strspn(toml, " \t"), *stop;

		end = strchrnul(toml, '\n');
		if (strncmp(line, key, n))
			continue;
		line += n;
		line += strspn(line, " \t");
		if (*line != '=')
			continue;
		line++;
		line += strspn(line, " \t");
		stop = *line == '"' ? memchr(line + 1, '"', (size_t)(end - line) - 1) : NULL;
		if (stop && stop > line + 1)
			return mem_printf("%.*s", (int)(stop - line - 1), line + 1);
	}
	return NULL;
}
