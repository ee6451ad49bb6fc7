// SPDX-License-Identifier: GPL-2.0-or-later
#include "elf/lines_enclose.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "elf/lines.h"
#include "util/mem.h"

#define ROOT	   "/tmp" /* any folder will do: what is mounted there is seen by us alone */
#define MAX_INODES "nr_inodes=65536,size=1m,mode=700"

/* The folders of a path, one after the other; ".." leads no further than our root. */
static void make_folders(char *path)
{
	char *slash = path;

	while ((slash = strchr(slash + 1, '/'))) {
		*slash = '\0';
		mkdir(path, 0700);
		*slash = '/';
	}
}

/* What opens the link opens the file of the descriptor, wherever that lies. */
static void put_link(const struct lines_split *split)
{
	char *path = mem_strdup(split->path), to[64];

	snprintf(to, sizeof(to), "/proc/self/fd/%d", split->fd);
	make_folders(path);
	/* A second one of the same path, or one below a file, is not there. */
	if (symlink(to, path))
		errno = 0;
	free(path);
}

int lines_enclose(const struct lines_split *splits, size_t n)
{
	size_t i;

	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("tmpfs", ROOT, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, MAX_INODES) ||
	    mkdir(ROOT "/proc", 0700) || mount("/proc", ROOT "/proc", NULL, MS_BIND, NULL) ||
	    chroot(ROOT) || chdir("/"))
		return -errno;
	for (i = 0; i < n; i++)
		put_link(&splits[i]);
	return 0;
}
