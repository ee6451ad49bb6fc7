// SPDX-License-Identifier: GPL-2.0-or-later
#include "sym/source_text.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "proc/open.h"
#include "util/clock.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */
#define MAX_PARTS   64		   /* of a path that are left out one by one */

/* Reading some of the kernel's own files changes something, or never ends. */
static bool is_kernels(int fd)
{
	struct statfs fs;

	if (fstatfs(fd, &fs))
		return true;
	return fs.f_type == PROC_SUPER_MAGIC || fs.f_type == SYSFS_MAGIC ||
	       fs.f_type == DEBUGFS_MAGIC || fs.f_type == TRACEFS_MAGIC;
}

static int open_source(int root, const char *file)
{
	int handle = open_below(root, file, false), err;
	struct open_info info;

	if (handle < 0)
		return handle;
	err = open_inspect(handle, 0, &info);
	if (!err)
		err = info.err;
	if (!err && is_kernels(handle))
		err = -ENOTSUP;
	if (!err && info.size > SOURCE_TEXT_MAX_BYTES)
		err = -EFBIG;
	if (!err)
		err = open_for_reading(handle);
	close(handle);
	return err;
}

/* As many bytes as it had when it was opened. */
static int read_bytes(int fd, size_t size, struct buf *out)
{
	char chunk[65536];

	while (out->len < size) {
		size_t left = size - out->len;
		ssize_t n = read(fd, chunk, left < sizeof(chunk) ? left : sizeof(chunk));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			return 0;
		buf_add(out, chunk, (size_t)n);
	}
	return 0;
}

static void find_lines(struct source_text *t)
{
	size_t at = 0;

	while (at < t->bytes.len) {
		const char *end = memchr(t->bytes.data + at, '\n', t->bytes.len - at);

		vec_push(&t->starts, (uint32_t)at);
		at = end ? (size_t)(end - t->bytes.data) + 1 : t->bytes.len;
	}
}

static int read_below(int root, const char *file, struct source_text *ret_text)
{
	int fd = open_source(root, file), err = 0;
	struct source_text t = {0};
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st))
		err = -errno;
	else if (st.st_size > SOURCE_TEXT_MAX_BYTES)
		err = -EFBIG;
	else
		err = read_bytes(fd, (size_t)st.st_size, &t.bytes);
	if (!err) {
		t.time_ns = st.st_mtim.tv_sec * (int64_t)NSEC_PER_SEC + st.st_mtim.tv_nsec;
		t.path = open_path(fd);
		find_lines(&t);
		*ret_text = t;
	} else {
		buf_done(&t.bytes);
	}
	close(fd);
	return err;
}

static int open_folder(const char *path)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int read_in_folder(const char *folder, const char *file, struct source_text *ret_text)
{
	int root = open_folder(folder), err = -ENOENT;

	if (root < 0)
		return root;
	for (unsigned int i = 0; i < MAX_PARTS && file && err; i++) {
		file += strspn(file, "/");
		err = *file ? read_below(root, file, ret_text) : -ENOENT;
		file = strchr(file, '/');
	}
	close(root);
	return err;
}

int source_text_read(const char *folder, const char *file, struct source_text *ret_text)
{
	int err = folder ? read_in_folder(folder, file, ret_text) : -ENOENT, root;

	if (!err || !*file)
		return err;
	root = *file == '/' ? open_root(0) : open_folder(".");
	if (root < 0)
		return root;
	err = read_below(root, file, ret_text);
	close(root);
	return err;
}

void source_text_done(struct source_text *t)
{
	buf_done(&t->bytes);
	vec_done(&t->starts);
	free(t->path);
	*t = (struct source_text){0};
}

void source_text_line(const struct source_text *t, size_t number, struct buf *out)
{
	size_t at, end;

	if (!number || number > t->starts.n)
		return;
	at = t->starts.at[number - 1];
	end = number < t->starts.n ? t->starts.at[number] : t->bytes.len;
	if (end > at && t->bytes.data[end - 1] == '\n')
		end--;
	if (end > at && t->bytes.data[end - 1] == '\r')
		end--;
	for (; at < end; at++) {
		if (t->bytes.data[at])
			buf_putc(out, t->bytes.data[at]);
		else
			buf_puts(out, REPLACEMENT);
	}
}
