// SPDX-License-Identifier: GPL-2.0-or-later
/* Features that hang on who we are: capabilities, namespaces, limits, lockdown. */
#include "hook/feature_test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/buf.h"
#include "util/procfs.h"

/* A busy host runs code from some hundreds of files; each costs one descriptor, as does a CPU. */
#define OPEN_FILES_WANTED 4096

static void test_cap(struct feature *f, const struct feature_ground *ground, int cap,
		     const char *name)
{
	bool held = ground->caps & 1ull << cap;

	if (feature_has_cap(ground, cap))
		feature_set(f, FEATURE_OK, NULL, "%s%s", name,
			    held ? "" : " (by a wider capability)");
	else
		feature_set(f, FEATURE_DENIED, feature_remedy_denied(ground, cap), "%s is %s", name,
			    held ? "held, but only inside a user namespace" : "not held");
}

void feature_test_cap_bpf(struct feature *f, struct feature_ground *ground)
{
	test_cap(f, ground, CAP_BPF, "CAP_BPF");
}

void feature_test_cap_perfmon(struct feature *f, struct feature_ground *ground)
{
	test_cap(f, ground, CAP_PERFMON, "CAP_PERFMON");
}

void feature_test_cap_ptrace(struct feature *f, struct feature_ground *ground)
{
	test_cap(f, ground, CAP_SYS_PTRACE, "CAP_SYS_PTRACE");
}

void feature_test_cap_syslog(struct feature *f, struct feature_ground *ground)
{
	test_cap(f, ground, CAP_SYSLOG, "CAP_SYSLOG");
}

void feature_test_cap_dac(struct feature *f, struct feature_ground *ground)
{
	test_cap(f, ground, CAP_DAC_READ_SEARCH, "CAP_DAC_READ_SEARCH");
}

/* Following a link there needs CAP_CHECKPOINT_RESTORE (before 5.9: CAP_SYS_ADMIN). */
void feature_test_map_files(struct feature *f, struct feature_ground *ground)
{
	DIR *dir = opendir("/proc/self/map_files");
	struct dirent *entry;
	int fd;

	if (!dir) {
		feature_set_error(f, ground, CAP_CHECKPOINT_RESTORE, "/proc/self/map_files", errno,
				  "use a kernel built with CONFIG_PROC_FS and map_files (4.3)");
		return;
	}
	do {
		entry = readdir(dir);
	} while (entry && entry->d_name[0] == '.');
	fd = entry ? openat(dirfd(dir), entry->d_name, O_RDONLY | O_CLOEXEC) : -1;
	if (fd >= 0)
		feature_set(f, FEATURE_OK, NULL, "/proc/PID/map_files can be opened");
	else if (entry)
		feature_set_error(f, ground, CAP_CHECKPOINT_RESTORE,
				  "opening a file of /proc/self/map_files", errno, NULL);
	else
		feature_set(f, FEATURE_UNKNOWN, NULL, "/proc/self/map_files shows nothing");
	if (fd >= 0)
		close(fd);
	closedir(dir);
}

void feature_test_user_namespace(struct feature *f, struct feature_ground *ground)
{
	if (ground->caps_real)
		feature_set(f, FEATURE_OK, NULL, "the host's");
	else
		feature_set(f, FEATURE_MISSING, feature_remedy_denied(ground, CAP_BPF),
			    "a namespace of its own: its root has no say over the host");
}

void feature_test_pid_namespace(struct feature *f, struct feature_ground *ground)
{
	struct stat st;

	(void)ground;
	if (stat("/proc/self/ns/pid", &st))
		feature_set(f, FEATURE_UNKNOWN, "mount /proc", "/proc/self/ns/pid: %s",
			    strerror(errno));
	else if (procfs_is_host_pids())
		feature_set(f, FEATURE_OK, NULL, "the host's");
	else
		feature_set(
			f, FEATURE_MISSING,
			"give the container the host's pid namespace (--pid=host)",
			"a container's: the ids that the kernel reports are not those seen here");
}

void feature_test_host_root(struct feature *f, struct feature_ground *ground)
{
	const char *root = procfs_host_root();
	int err = errno;

	if (root)
		feature_set(f, FEATURE_OK, NULL, "at %s", root);
	else if (!procfs_is_host_pids())
		feature_set(f, FEATURE_MISSING,
			    "give the container the host's pid namespace (--pid=host)",
			    "the host's first process is not to be seen");
	else if (!feature_has_cap(ground, CAP_SYS_PTRACE))
		feature_set(f, FEATURE_DENIED, feature_remedy_denied(ground, CAP_SYS_PTRACE),
			    "/proc/1/root: %s", strerror(err));
	else
		feature_set(f, FEATURE_UNKNOWN,
			    "in a container: mount the folders of the engines (/var/lib/docker, "
			    "/var/lib/containers, /run/containerd, /run/runc, ...) where they are "
			    "on the host",
			    "/proc/1/root: %s: they are looked for below /", strerror(err));
}

/* record leaves one of its own where it may. */
void feature_test_cgroup_namespace(struct feature *f, struct feature_ground *ground)
{
	if (procfs_is_host_cgroups())
		feature_set(f, FEATURE_OK, NULL, "the host's");
	else if (procfs_is_host_pids() && feature_has_cap(ground, CAP_SYS_ADMIN))
		feature_set(f, FEATURE_OK, NULL, "its own, which it can leave");
	else
		feature_set(f, FEATURE_MISSING,
			    "give the container the host's cgroup namespace (--cgroupns=host), or "
			    "CAP_SYS_ADMIN",
			    "its own: of the paths in /proc/PID/cgroup it sees a part");
}

/* "none [integrity] confidentiality": the brackets mark the level in force. */
void feature_test_lockdown(struct feature *f, struct feature_ground *ground)
{
	struct buf text = {0};
	int err = procfs_read("/sys/kernel/security/lockdown", &text, 256);

	if (err == -ENOENT)
		feature_set(f, FEATURE_OK, NULL, "none that can be seen");
	else if (err)
		feature_set(f, FEATURE_UNKNOWN, feature_remedy_denied(ground, CAP_DAC_READ_SEARCH),
			    "/sys/kernel/security/lockdown: %s", strerror(-err));
	else if (strstr(buf_str(&text), "[confidentiality]"))
		feature_set(f, FEATURE_MISSING,
			    "boot with lockdown=integrity or without lockdown on the command line",
			    "the kernel is locked down for confidentiality: BPF may not read its "
			    "memory");
	else
		feature_set(f, FEATURE_OK, NULL, "%s",
			    strstr(buf_str(&text), "[integrity]") ? "integrity, which does no harm"
								  : "none");
	buf_done(&text);
}

void feature_test_open_files(struct feature *f, struct feature_ground *ground)
{
	struct rlimit limit;

	(void)ground;
	if (getrlimit(RLIMIT_NOFILE, &limit))
		feature_set(f, FEATURE_UNKNOWN, NULL, "getrlimit: %s", strerror(errno));
	else if (limit.rlim_max >= OPEN_FILES_WANTED)
		feature_set(f, FEATURE_OK, NULL, "up to %" PRIu64, (uint64_t)limit.rlim_max);
	else
		feature_set(f, FEATURE_MISSING, "raise the hard limit: ulimit -Hn 4096 as root",
			    "only %" PRIu64 ", %d wanted", (uint64_t)limit.rlim_max,
			    OPEN_FILES_WANTED);
}
