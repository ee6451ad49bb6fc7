// SPDX-License-Identifier: GPL-2.0-or-later
#include "util/isolate.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/clock.h"
#include "util/mem.h"
#include "util/procfs.h"

#define MAX_STATUS (64u << 10)

/* What RLIMIT_DATA counts, of this process. A sanitizer's shadow memory is part of it. */
static uint64_t data_bytes(void)
{
	struct buf text = {0};
	unsigned long long kib = 0;
	const char *line;

	if (!procfs_read("/proc/self/status", &text, MAX_STATUS)) {
		line = strstr(buf_str(&text), "\nVmData:");
		if (line)
			sscanf(line, "\nVmData: %llu", &kib);
	}
	buf_done(&text);
	return (uint64_t)kib << 10;
}

static int limit(int resource, uint64_t value)
{
	const struct rlimit r = {value, value};

	return setrlimit(resource, &r);
}

/* If memory gets short on the host, this is what the kernel should end first. Best effort. */
static void volunteer(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	dprintf(fd, "1000");
	close(fd);
}

static void run_child(const struct isolate_limits *limits, int (*fn)(void *arg, int out), void *arg,
		      int out, pid_t parent)
{
	uint64_t data = data_bytes();
	int silent;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	/* Libraries speak on stderr when they give up. */
	silent = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (silent < 0 || dup2(silent, STDERR_FILENO) < 0 || dup2(silent, STDOUT_FILENO) < 0)
		_exit(1);
	volunteer();
	/* No core is dumped, not even into a pipe. */
	prctl(PR_SET_DUMPABLE, 0);
	/* In whole seconds, and only in case that the parent has no time to look. */
	if (limit(RLIMIT_CORE, 0) || limit(RLIMIT_FSIZE, limits->output) ||
	    limit(RLIMIT_CPU, limits->time_ns / NSEC_PER_SEC + 1) ||
	    limit(RLIMIT_DATA, data + limits->memory) ||
	    (!limits->may_open && limit(RLIMIT_NOFILE, 0)))
		_exit(1);
	_exit(fn(arg, out) ? 1 : 0);
}

static int wait_child(pid_t child, uint64_t time_ns)
{
	struct pollfd end = {.fd = (int)syscall(SYS_pidfd_open, child, 0), .events = POLLIN};
	uint64_t deadline = clock_mono_ns() + time_ns;
	int err = end.fd < 0 ? -errno : -ETIME, status;

	while (end.fd >= 0) {
		uint64_t now = clock_mono_ns();
		uint64_t left = deadline > now ? (deadline - now) / NSEC_PER_MSEC : 0;

		if (poll(&end, 1, left > INT32_MAX ? INT32_MAX : (int)left) > 0)
			err = 0;
		if (!err || clock_mono_ns() + NSEC_PER_MSEC >= deadline)
			break;
	}
	if (end.fd >= 0)
		close(end.fd);
	if (err)
		kill(child, SIGKILL);
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	if (!err && (!WIFEXITED(status) || WEXITSTATUS(status)))
		err = -ECANCELED;
	return err;
}

static void take_output(int out, uint64_t most, struct buf *to)
{
	struct stat st;
	off_t at = 0;
	ssize_t n = 0;

	if (fstat(out, &st) || st.st_size <= 0)
		return;
	if ((uint64_t)st.st_size > most)
		st.st_size = (off_t)most;
	to->data = mem_grow(to->data, to->len + (size_t)st.st_size + 1, 1);
	to->cap = to->len + (size_t)st.st_size + 1;
	while (at < st.st_size) {
		n = pread(out, to->data + to->len, (size_t)(st.st_size - at), at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		to->len += (size_t)n;
		at += n;
	}
	to->data[to->len] = '\0';
}

int isolate_run(const struct isolate_limits *limits, int (*fn)(void *arg, int out), void *arg,
		struct buf *ret_output)
{
	int out = memfd_create("hostprof", MFD_CLOEXEC), err;
	pid_t parent = getpid(), child;

	if (out < 0)
		return -errno;
	child = fork();
	if (!child)
		run_child(limits, fn, arg, out, parent);
	err = child < 0 ? -errno : wait_child(child, limits->time_ns);
	if (child > 0)
		take_output(out, limits->output, ret_output);
	close(out);
	return err;
}
