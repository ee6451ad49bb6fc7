// SPDX-License-Identifier: GPL-2.0-or-later
#include "util/procfs.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/clock.h"

#define CHUNK 16384

/* The inode numbers of the host's namespaces (include/linux/proc_ns.h in the kernel). */
#define INITIAL_CGROUP_NAMESPACE 0xEFFFFFFBul
#define INITIAL_PID_NAMESPACE	 0xEFFFFFFCul

#define FIRST_ROOT "/proc/1/root"

/* It may grow while it is read. */
int procfs_read_fd(int fd, struct buf *out, size_t limit)
{
	size_t start = out->len;
	char chunk[CHUNK];
	ssize_t n;
	int err = 0;

	while ((n = read(fd, chunk, sizeof(chunk))) > 0) {
		if (out->len - start + (size_t)n > limit) {
			err = -EFBIG;
			break;
		}
		buf_add(out, chunk, (size_t)n);
	}
	if (n < 0)
		err = -errno;
	return err;
}

int procfs_read(const char *path, struct buf *out, size_t limit)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err;

	if (fd < 0)
		return -errno;
	err = procfs_read_fd(fd, out, limit);
	close(fd);
	return err;
}

static uint64_t tick_ns(void)
{
	return NSEC_PER_SEC / (uint64_t)sysconf(_SC_CLK_TCK);
}

uint64_t procfs_ticks(uint64_t ns)
{
	return ns / tick_ns();
}

int procfs_stat(pid_t pid, struct procfs_stat *ret_stat)
{
	struct procfs_stat st = {0};
	struct buf text = {0};
	char path[64];
	char *open_paren, *close_paren;
	size_t n;
	int err;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	err = procfs_read(path, &text, CHUNK);
	if (err)
		goto out;
	/* comm may hold spaces and parentheses: it ends at the last one. */
	err = -EPROTO;
	open_paren = strchr(buf_str(&text), '(');
	close_paren = strrchr(buf_str(&text), ')');
	if (!open_paren || !close_paren || close_paren < open_paren)
		goto out;
	n = (size_t)(close_paren - open_paren - 1);
	if (n >= sizeof(st.comm))
		n = sizeof(st.comm) - 1;
	memcpy(st.comm, open_paren + 1, n);
	if (sscanf(close_paren + 2,
		   "%*c %d %*d %*d %*d %*d %" SCNu64 " %*u %*u %*u %*u %" SCNu64 " %" SCNu64
		   " %*d %*d %*d %*d %*d %*d %" SCNu64,
		   &st.ppid, &st.flags, &st.utime_ticks, &st.stime_ticks, &st.start_ticks) != 5)
		goto out;
	*ret_stat = st;
	err = 0;
out:
	buf_done(&text);
	return err;
}

int procfs_each_pid(int (*each)(pid_t pid, void *arg), void *arg)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	int ret = 0;

	if (!dir)
		return -errno;
	while (!ret && (entry = readdir(dir)))
		if (isdigit((unsigned char)entry->d_name[0]))
			ret = each((pid_t)atoi(entry->d_name), arg);
	closedir(dir);
	return ret;
}

int procfs_busy_ns(uint64_t *ret_ns, uint64_t *ret_steal_ns)
{
	uint64_t user, nice, system, idle, iowait, irq, softirq, steal;
	struct buf text = {0};
	int err = procfs_read("/proc/stat", &text, 16u << 20);

	if (!err && sscanf(buf_str(&text),
			   "cpu %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
			   " %" SCNu64 " %" SCNu64 " %" SCNu64,
			   &user, &nice, &system, &idle, &iowait, &irq, &softirq, &steal) != 8)
		err = -EPROTO;
	if (!err) {
		*ret_ns = (user + nice + system + irq + softirq) * tick_ns();
		*ret_steal_ns = steal * tick_ns();
	}
	buf_done(&text);
	return err;
}

static bool is_namespace(const char *path, ino_t initial)
{
	struct stat st;

	return !stat(path, &st) && st.st_ino == initial;
}

bool procfs_is_host_pids(void)
{
	return is_namespace("/proc/self/ns/pid", INITIAL_PID_NAMESPACE);
}

bool procfs_is_host_cgroups(void)
{
	return is_namespace("/proc/self/ns/cgroup", INITIAL_CGROUP_NAMESPACE);
}

const char *procfs_host_root(void)
{
	struct stat ours, theirs;

	if (!procfs_is_host_pids() || stat("/", &ours) || stat(FIRST_ROOT "/", &theirs))
		return NULL;
	return ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino ? "/" : FIRST_ROOT;
}

uint64_t procfs_rss_bytes(void)
{
	struct buf text = {0};
	uint64_t pages = 0;

	if (!procfs_read("/proc/self/statm", &text, CHUNK))
		sscanf(buf_str(&text), "%*u %" SCNu64, &pages);
	buf_done(&text);
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}
