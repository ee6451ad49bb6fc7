// SPDX-License-Identifier: GPL-2.0-or-later
#include "proc/cgroups.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/buf.h"
#include "util/mem.h"
#include "util/procfs.h"

#define MAX_TEXT (256u << 10) /* a dozen lines; a path has at most 4095 bytes */
#define DELETED	 " (deleted)" /* what the kernel puts behind the path of a removed cgroup */

char *cgroup_path_clean(const char *path, size_t n)
{
	size_t gone = strlen(DELETED);
	char *clean;

	if (!n || *path != '/')
		return NULL;
	if (n > gone && !memcmp(path + n - gone, DELETED, gone))
		n -= gone;
	while (n >= 3 && !memcmp(path, "/..", 3) && (n == 3 || path[3] == '/')) {
		path += 3;
		n -= 3;
	}
	while (n > 1 && path[n - 1] == '/')
		n--;
	if (!n)
		return mem_strdup("/");
	clean = mem_alloc(n + 1);
	memcpy(clean, path, n);
	clean[n] = '\0';
	return clean;
}

static bool names(const char *list, size_t n, const char *name)
{
	size_t len = strlen(name);

	for (const char *end = list + n; list < end;) {
		const char *stop = memchr(list, ',', (size_t)(end - list));
		size_t part = (size_t)((stop ? stop : end) - list);

		if (part == len && !memcmp(list, name, len))
			return true;
		list += part + 1;
	}
	return false;
}

/* Which tree of v1 says most: what limits processes is set for containers, always. */
static int rank(const char *controllers, size_t n)
{
	return names(controllers, n, "pids")	 ? 4
	       : names(controllers, n, "memory") ? 3
	       : names(controllers, n, "cpu")	 ? 2
						 : 1;
}

/* "4:memory:/a/b", "9:name=systemd:/", "0::/a". A path may hold colons, the rest may not. */
static void parse_line(struct cgroups *cgroups, int *best, const char *line, const char *end)
{
	const char *list = memchr(line, ':', (size_t)(end - line)), *path;
	char **to;

	path = list ? memchr(list + 1, ':', (size_t)(end - list - 1)) : NULL;
	if (!path)
		return;
	list++;
	if (path == list) {
		to = &cgroups->unified;
	} else {
		int this = rank(list, (size_t)(path - list));

		if (this <= *best)
			return;
		*best = this;
		to = &cgroups->legacy;
	}
	free(*to);
	*to = cgroup_path_clean(path + 1, (size_t)(end - path - 1));
}

int cgroups_parse(struct cgroups *cgroups, const char *text)
{
	const char *end;
	int best = 0;

	*cgroups = (struct cgroups){0};
	for (; *text; text = *end ? end + 1 : end) {
		end = strchrnul(text, '\n');
		parse_line(cgroups, &best, text, end);
	}
	return cgroups->unified || cgroups->legacy ? 0 : -ENODATA;
}

int cgroups_read(struct cgroups *cgroups, pid_t pid)
{
	struct buf text = {0};
	char path[64];
	int err;

	*cgroups = (struct cgroups){0};
	snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
	err = procfs_read(path, &text, MAX_TEXT);
	if (!err)
		err = cgroups_parse(cgroups, buf_str(&text));
	buf_done(&text);
	return err;
}

char *cgroups_path(pid_t pid, const char *controller)
{
	struct buf text = {0};
	char *found = NULL;
	const char *end;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
	if (procfs_read(path, &text, MAX_TEXT))
		goto out;
	for (const char *line = text.data; line && *line && !found; line = *end ? end + 1 : end) {
		const char *list, *stop;

		end = strchrnul(line, '\n');
		list = memchr(line, ':', (size_t)(end - line));
		stop = list ? memchr(list + 1, ':', (size_t)(end - list - 1)) : NULL;
		if (!stop)
			continue;
		list++;
		if (controller ? names(list, (size_t)(stop - list), controller) : stop == list)
			found = cgroup_path_clean(stop + 1, (size_t)(end - stop - 1));
	}
out:
	buf_done(&text);
	return found;
}

int cgroups_join_host(void)
{
	int fd, err;

	if (procfs_is_host_cgroups())
		return 0;
	if (!procfs_is_host_pids())
		return -ENOENT;
	fd = open("/proc/1/ns/cgroup", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = setns(fd, CLONE_NEWCGROUP) ? -errno : 0;
	close(fd);
	return err;
}

void cgroups_done(struct cgroups *cgroups)
{
	free(cgroups->unified);
	free(cgroups->legacy);
	*cgroups = (struct cgroups){0};
}
