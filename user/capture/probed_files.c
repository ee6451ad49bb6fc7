// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/probed_files.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "proc/maps.h"
#include "proc/open.h"
#include "util/hash.h"
#include "util/log.h"

#define MAX_FILES 8192

/* Takes the descriptor. */
static uint32_t look_into(struct probed_files *files, uint64_t dev, uint64_t inode, int fd)
{
	struct probed_file file = {.dev = dev, .inode = inode, .fd = -1};
	const struct hook_site *site;
	int err = fd < 0 ? -EINVAL : files->find(fd, &file.sites);

	if (err && fd >= 0)
		log_debug("cannot look for the %s in file %llu: %s", files->what,
			  (unsigned long long)inode, strerror(-err));
	if (!err && file.sites.list.n) {
		file.number = files->n_open++;
		file.fd = fd;
		fd = -1;
		vec_each(site, &file.sites.list)
			files->two_traps += !site->one_trap;
	}
	if (fd >= 0)
		close(fd);
	vec_push(&files->list, file);
	return (uint32_t)files->list.n - 1;
}

static uint32_t find_file(const struct probed_files *files, uint64_t dev, uint64_t inode)
{
	for (uint32_t i = 0; i < files->list.n; i++)
		if (files->list.at[i].inode == inode && files->list.at[i].dev == dev)
			return i;
	return HASH_NONE;
}

/* A descriptor on a file that the process has mapped, or -errno. */
static int open_file(uint32_t pid, const struct maps_file *mapped)
{
	return open_inspected(open_mapped((pid_t)pid, mapped->start, mapped->end), (pid_t)pid);
}

uint32_t probed_files_mapped(struct probed_files *files, uint32_t pid,
			     const struct maps_file *mapped)
{
	uint32_t found = find_file(files, mapped->dev, mapped->inode);

	if (found != HASH_NONE || files->list.n >= MAX_FILES)
		return found;
	return look_into(files, mapped->dev, mapped->inode, open_file(pid, mapped));
}

uint32_t probed_files_opened(struct probed_files *files, int fd)
{
	struct stat st;
	uint32_t index;
	uint64_t dev;

	if (fd < 0)
		return HASH_NONE;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		close(fd);
		return HASH_NONE;
	}
	dev = (uint64_t)major(st.st_dev) << 20 | minor(st.st_dev);
	index = find_file(files, dev, st.st_ino);
	if (index == HASH_NONE)
		return look_into(files, dev, st.st_ino, fd);
	close(fd);
	return index;
}

/* Some file systems have another device number for /proc/PID/maps than for stat(). */
bool probed_file_is_same(const struct probed_file *a, const struct probed_file *b)
{
	return a->inode == b->inode && a->sites.list.n == b->sites.list.n &&
	       !memcmp(a->sites.list.at, b->sites.list.at,
		       a->sites.list.n * sizeof(*a->sites.list.at));
}

void probed_files_done(struct probed_files *files)
{
	struct probed_file *file;

	vec_each(file, &files->list) {
		hook_sites_done(&file->sites);
		if (file->fd >= 0)
			close(file->fd);
	}
	vec_done(&files->list);
}
