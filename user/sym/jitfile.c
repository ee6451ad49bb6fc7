// SPDX-License-Identifier: GPL-2.0-or-later
#include "sym/jitfile.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "proc/open.h"
#include "util/clock.h"
#include "util/procfs.h"

#define CLOCK_SLACK_NS (2 * NSEC_PER_SEC)
#define MAX_MAPS       (16u << 20) /* bytes of /proc/PID/maps: 65530 mappings with usual paths */
#define MAX_TRIES      16	   /* mappings that have the right name */

bool jitfile_same_process(const struct jitfile_owner *owner)
{
	struct procfs_stat stat;

	if (!owner->start)
		return true;
	return !procfs_stat(owner->tgid, &stat) && stat.start_ticks == procfs_ticks(owner->start);
}

/* A process of this pid that ran before may have left its own. */
static bool older(const struct stat *st, uint64_t start)
{
	uint64_t changed =
		(uint64_t)st->st_mtim.tv_sec * NSEC_PER_SEC + (uint64_t)st->st_mtim.tv_nsec;
	struct timespec boot;
	uint64_t age;

	if (!start || clock_gettime(CLOCK_BOOTTIME, &boot))
		return false;
	age = (uint64_t)boot.tv_sec * NSEC_PER_SEC + (uint64_t)boot.tv_nsec - start;
	return changed + CLOCK_SLACK_NS < clock_real_ns() - age;
}

static int check(int fd, const struct jitfile_owner *owner)
{
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	if (st.st_uid && st.st_uid != owner->status.euid)
		return -EPERM;
	/* A second name: somebody may have linked a file of root's to where the map belongs. */
	if (!S_ISREG(st.st_mode) || st.st_nlink > 1)
		return -EPERM;
	return older(&st, owner->start) ? -ESTALE : 0;
}

/* Takes the handle over. */
static int open_checked(int handle, const struct jitfile_owner *owner)
{
	int fd = open_inspected(handle, owner->tgid), err;

	if (fd < 0)
		return fd;
	err = check(fd, owner);
	if (!err)
		return fd;
	close(fd);
	return err;
}

/* Is this line of /proc/PID/maps one of executable memory of a file of that name? */
static bool is_mapping_of(const char *line, const char *name, uint64_t *ret_start,
			  uint64_t *ret_end)
{
	const char *end = strchrnul(line, '\n'), *path = memchr(line, '/', (size_t)(end - line));
	const char *slash = path ? memrchr(path, '/', (size_t)(end - path)) : NULL;
	size_t n = strlen(name);
	char flags[5];

	/* " (deleted)" may follow. */
	if (!slash || (size_t)(end - slash) <= n || memcmp(slash + 1, name, n) ||
	    (slash[n + 1] != '\n' && slash[n + 1] != ' ' && slash[n + 1]))
		return false;
	return sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s", ret_start, ret_end, flags) == 3 &&
	       flags[2] == 'x';
}

static int open_mapped_file(const struct jitfile_owner *owner, const char *name)
{
	struct buf maps = {0};
	uint64_t start, end;
	const char *line;
	char path[64];
	int fd = -ENOENT, tries = 0;

	snprintf(path, sizeof(path), "/proc/%d/maps", owner->tgid);
	/* What is beyond the limit is not looked at. */
	procfs_read(path, &maps, MAX_MAPS);
	for (line = buf_str(&maps); *line && fd < 0 && tries < MAX_TRIES;) {
		if (is_mapping_of(line, name, &start, &end)) {
			fd = open_checked(open_mapped(owner->tgid, start, end), owner);
			tries++;
		}
		line = strchrnul(line, '\n');
		line += *line == '\n';
	}
	buf_done(&maps);
	if (fd >= 0 && !jitfile_same_process(owner)) {
		close(fd);
		fd = -ESRCH;
	}
	return fd;
}

int jitfile_open(enum jitfile kind, const struct jitfile_owner *owner, int tmp)
{
	char name[64];
	int fd = -ENOENT;

	if (kind == JITFILE_MAP) {
		snprintf(name, sizeof(name), "perf-%d.map", owner->status.own_pid);
	} else {
		snprintf(name, sizeof(name), "jit-%d.dump", owner->status.own_pid);
		fd = open_mapped_file(owner, name);
	}
	if (fd < 0 && tmp >= 0)
		fd = open_checked(open_below(tmp, name, true), owner);
	return fd;
}
