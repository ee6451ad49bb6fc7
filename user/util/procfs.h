/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_UTIL_PROCFS_H
#define HOSTPROF_UTIL_PROCFS_H
/*
 * Reading small kernel text files and the few fields of /proc that several rooms need. A process
 * can end between any two reads: -ENOENT and -ESRCH are ordinary answers, and -EACCES is given
 * even to root for some processes.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "util/buf.h"

/* Reads a whole file of at most `limit` bytes (-EFBIG above) behind what is in `out`. */
int procfs_read(const char *path, struct buf *out, size_t limit);
/* The same of what is open, from where it stands. */
int procfs_read_fd(int fd, struct buf *out, size_t limit);

struct procfs_stat {
	char comm[64]; /* kernel threads can have long names here */
	pid_t ppid;
	uint64_t start_ticks; /* since boot, in clock ticks: with the pid, a process's identity */
	uint64_t utime_ticks, stime_ticks;
	uint64_t flags; /* PF_* */
};
#define PROCFS_PF_KTHREAD 0x00200000u

int procfs_stat(pid_t pid, struct procfs_stat *ret_stat);

/* The start_ticks of a process that began `ns` after boot. */
uint64_t procfs_ticks(uint64_t ns);

/* Calls each(pid, arg) for every process until it returns non-zero, which is handed back. */
int procfs_each_pid(int (*each)(pid_t pid, void *arg), void *arg);

/* Of all CPUs since boot, in ns (tick resolution), from /proc/stat: the CPU time that is not idle,
 * and what the hypervisor gave to others while there was something to run. */
int procfs_busy_ns(uint64_t *ret_ns, uint64_t *ret_steal_ns);
/* The pid namespace of the host: ids are those that the kernel side reports. */
bool procfs_is_host_pids(void);
/* The cgroup namespace of the host: paths of cgroups are shown from the roots of their trees. */
bool procfs_is_host_cgroups(void);
/*
 * Where the host's "/" is for this process: "/", or "/proc/1/root" in a container that has the
 * host's pid namespace; NULL when that cannot be seen: errno. Static.
 */
const char *procfs_host_root(void);

uint64_t procfs_rss_bytes(void); /* of this process; 0 when unreadable */

#endif
