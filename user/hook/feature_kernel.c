// SPDX-License-Identifier: GPL-2.0-or-later
/* Features of perf events, kernel symbols and cgroups. */
#include "hook/feature_test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "util/buf.h"
#include "util/cgroupfs.h"

#define SYSCTL_KERNEL "/proc/sys/kernel/"
#define HIGHEST_RATE  9999  /* what record accepts */
#define KALLSYMS_HEAD 65536 /* bytes; the first lines may be per-CPU symbols at address 0 */

/* Opens a sampling event of the whole of this CPU, disabled. A descriptor or -errno. */
static int open_event(uint32_t type, uint64_t config)
{
	struct perf_event_attr attr = {
		.type = type,
		.size = sizeof(attr),
		.config = config,
		.freq = 1,
		.sample_freq = 99,
		.disabled = 1,
	};
	int cpu = sched_getcpu();
	long fd = syscall(SYS_perf_event_open, &attr, -1, cpu < 0 ? 0 : cpu, -1,
			  PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : (int)fd;
}

void feature_test_cpu_clock(struct feature *f, struct feature_ground *ground)
{
	int fd = open_event(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK);

	if (fd < 0) {
		feature_set_error(f, ground, CAP_PERFMON, "opening a cpu-clock event", -fd,
				  "use a kernel with CONFIG_PERF_EVENTS");
		return;
	}
	close(fd);
	feature_set(f, FEATURE_OK, NULL, "an event was opened");
}

void feature_test_cycles(struct feature *f, struct feature_ground *ground)
{
	int fd = open_event(PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES);

	if (fd >= 0) {
		close(fd);
		feature_set(f, FEATURE_OK, NULL, "the CPU has a counter for cycles");
	} else if (fd == -ENOENT || fd == -EOPNOTSUPP || fd == -ENODEV) {
		/* Most virtual machines have no counters: no fault, and nothing to be done inside.
		 */
		feature_set(f, FEATURE_MISSING, NULL,
			    "no hardware counter on this machine: cpu-clock is used instead");
	} else {
		feature_set_error(f, ground, CAP_PERFMON, "opening a cycles event", -fd,
				  "see whether another profiler holds the counters");
	}
}

void feature_test_paranoid(struct feature *f, struct feature_ground *ground)
{
	long level;
	int err = feature_read_number(SYSCTL_KERNEL "perf_event_paranoid", &level);

	if (err)
		feature_set(f, FEATURE_UNKNOWN, "use a kernel with CONFIG_PERF_EVENTS",
			    "kernel.perf_event_paranoid: %s", strerror(-err));
	else if (feature_has_cap(ground, CAP_PERFMON))
		feature_set(f, FEATURE_OK, NULL, "%ld, which CAP_PERFMON passes", level);
	else if (level <= 0) /* above 0, whole CPUs are for CAP_PERFMON alone */
		feature_set(f, FEATURE_OK, NULL, "%ld", level);
	else
		feature_set(f, FEATURE_DENIED, feature_remedy_denied(ground, CAP_PERFMON),
			    "kernel.perf_event_paranoid is %ld and CAP_PERFMON is not held", level);
}

void feature_test_rate(struct feature *f, struct feature_ground *ground)
{
	long rate;
	int err = feature_read_number(SYSCTL_KERNEL "perf_event_max_sample_rate", &rate);

	(void)ground;
	if (err)
		feature_set(f, FEATURE_UNKNOWN, NULL, "kernel.perf_event_max_sample_rate: %s",
			    strerror(-err));
	else if (rate >= HIGHEST_RATE)
		feature_set(f, FEATURE_OK, NULL, "%ld Hz", rate);
	else
		feature_set(f, FEATURE_MISSING,
			    "sysctl -w kernel.perf_event_max_sample_rate=100000, or a lower -F",
			    "no more than %ld Hz; the kernel lowers it when sampling was slow",
			    rate);
}

void feature_test_cpu_limit(struct feature *f, struct feature_ground *ground)
{
	long percent;
	int err = feature_read_number(SYSCTL_KERNEL "perf_cpu_time_max_percent", &percent);

	(void)ground;
	if (err)
		feature_set(f, FEATURE_UNKNOWN, NULL, "kernel.perf_cpu_time_max_percent: %s",
			    strerror(-err));
	else if (percent == 0 || percent == 100)
		feature_set(f, FEATURE_OK, NULL, "the kernel does not slow sampling down");
	else
		feature_set(f, FEATURE_OK, NULL,
			    "the kernel slows sampling down above %ld %% of a CPU", percent);
}

/* Looks for an address that is not 0 in the first lines of `text`, each "ADDRESS TYPE NAME". */
static bool shows_addresses(const char *text)
{
	const char *line;

	for (line = text; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strtoull(line, NULL, 16))
			return true;
	}
	return false;
}

void feature_test_kallsyms(struct feature *f, struct feature_ground *ground)
{
	int fd = open("/proc/kallsyms", O_RDONLY | O_CLOEXEC);
	struct buf head = {0};
	char chunk[4096];
	ssize_t n = 0;

	if (fd < 0) {
		feature_set_error(f, ground, CAP_SYSLOG, "/proc/kallsyms", errno,
				  "use a kernel with CONFIG_KALLSYMS");
		return;
	}
	while (head.len < KALLSYMS_HEAD && (n = read(fd, chunk, sizeof(chunk))) > 0)
		buf_add(&head, chunk, (size_t)n);
	if (n < 0)
		feature_set_error(f, ground, CAP_SYSLOG, "/proc/kallsyms", errno, NULL);
	else if (shows_addresses(buf_str(&head)))
		feature_set(f, FEATURE_OK, NULL, "/proc/kallsyms shows addresses");
	else
		feature_set(f, FEATURE_DENIED,
			    "run as root or with CAP_SYSLOG, and sysctl -w kernel.kptr_restrict=1 "
			    "where it is 2",
			    "/proc/kallsyms shows 0 for all addresses");
	buf_done(&head);
	close(fd);
}

void feature_test_cgroup2(struct feature *f, struct feature_ground *ground)
{
	const struct cgroup_tree *tree;
	struct cgroup_trees trees;

	(void)ground;
	cgroup_trees_find(&trees);
	tree = cgroup_trees_with(&trees, NULL);
	if (tree)
		feature_set(f, FEATURE_OK, NULL, "at %s", tree->point);
	else if (trees.list.n)
		feature_set(f, FEATURE_OK, NULL, "not mounted here, v1's trees are");
	else
		feature_set(
			f, FEATURE_MISSING,
			"mount -t cgroup2 none /sys/fs/cgroup; in a container: mount the host's "
			"/sys/fs/cgroup there, or give it the host's pid namespace and "
			"CAP_SYS_PTRACE",
			"no tree of cgroups is to be seen here as a whole");
	cgroup_trees_done(&trees);
}
