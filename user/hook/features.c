// SPDX-License-Identifier: GPL-2.0-or-later
#include "hook/features.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "hook/feature_test.h"
#include "util/buf.h"
#include "util/caps.h"
#include "util/mem.h"
#include "util/procfs.h"

/* The inode number of the host's user namespace (include/linux/proc_ns.h in the kernel). */
#define INITIAL_USER_NAMESPACE 0xEFFFFFFDul

#define SYSCTL_LIMIT 4096

static const struct row {
	const char *name, *needed_for;
	bool optional;
	feature_test_fn *test;
} rows[] = {
	{"cap-bpf", "loading BPF programs", false, feature_test_cap_bpf},
	{"cap-perfmon", "sampling the whole host and reading kernel memory from BPF", false,
	 feature_test_cap_perfmon},
	{"cap-sys-ptrace", "reading the binaries and maps of other users' processes", false,
	 feature_test_cap_ptrace},
	{"cap-syslog", "kernel addresses in /proc/kallsyms", false, feature_test_cap_syslog},
	{"cap-dac-read-search", "binaries that only their owners may read", false,
	 feature_test_cap_dac},
	{"map-files", "symbols of deleted and containerised binaries", false,
	 feature_test_map_files},
	{"user-namespace", "privileges that count for the whole host", false,
	 feature_test_user_namespace},
	{"pid-namespace", "process ids that mean the host's processes", false,
	 feature_test_pid_namespace},
	{"host-root", "names of containers, which their engines keep in files of the host", true,
	 feature_test_host_root},
	{"cgroup-namespace", "names of containers in containers", true,
	 feature_test_cgroup_namespace},
	{"lockdown", "reading kernel memory from BPF", false, feature_test_lockdown},
	{"open-files", "keeping each binary open until its symbols are read", false,
	 feature_test_open_files},
	{"bpf-load", "everything: the probes are BPF programs", false, feature_test_load},
	{"bpf-ringbuf", "everything: samples reach us through a ring buffer", false,
	 feature_test_ringbuf},
	{"btf", "everything: where the kernel keeps what the probes read", false, feature_test_btf},
	{"user-stacks", "user stacks: finding which binary an address lies in", false,
	 feature_test_user_stacks},
	{"task-registers", "user stacks of tasks that are inside the kernel", false,
	 feature_test_task_registers},
	{"fork-tracepoints", "record -- COMMAND: following the command's children", false,
	 feature_test_follow},
	{"memory-tracepoint", "growth: counting the pages that processes are given", false,
	 feature_test_memory_tracepoint},
	{"lock-tracepoints", "lock: waits for the kernel's own locks", true,
	 feature_test_lock_tracepoints},
	{"uprobes", "heap: probing malloc", false, feature_test_uprobes},
	{"uprobe-multi", "heap: probing malloc by one link", true, feature_test_uprobe_multi},
	{"uprobe-session", "heap: probing malloc at the price of one trap", true,
	 feature_test_uprobe_session},
	{"bpf-stats", "the cost of the BPF programs in the overhead line", true,
	 feature_test_bpf_stats},
	{"bpf-jit", "low overhead: BPF as machine code", false, feature_test_jit},
	{"perf-cpu-clock", "sampling the CPUs by time", false, feature_test_cpu_clock},
	{"perf-cycles", "sampling the CPUs by cycles, into code that runs with interrupts off",
	 true, feature_test_cycles},
	{"perf-paranoid", "sampling the whole host", false, feature_test_paranoid},
	{"perf-max-rate", "frequencies up to 9999 Hz", true, feature_test_rate},
	{"perf-cpu-limit", "sampling at an even rate", true, feature_test_cpu_limit},
	{"kernel-symbols", "names of kernel functions", false, feature_test_kallsyms},
	{"cgroup2", "record --cgroup, and what a container may use", false, feature_test_cgroup2},
};

void feature_set(struct feature *f, enum feature_state state, const char *remedy, const char *fmt,
		 ...)
{
	va_list ap;

	free(f->detail);
	free(f->remedy);
	f->state = state;
	f->remedy = remedy ? mem_strdup(remedy) : NULL;
	va_start(ap, fmt);
	if (vasprintf(&f->detail, fmt, ap) < 0)
		f->detail = mem_strdup("");
	va_end(ap);
}

bool feature_has_cap(const struct feature_ground *ground, int cap)
{
	return ground->caps_real && caps_have(ground->caps, cap);
}

const char *feature_remedy_denied(const struct feature_ground *ground, int cap)
{
	if (!ground->caps_real)
		return "run it outside the container, as the host's root";
	if (feature_has_cap(ground, cap))
		return "allow it in the seccomp filter or security module that refuses it; in a "
		       "container: --security-opt seccomp=unconfined, or apparmor=unconfined";
	if (cap == CAP_SYS_ADMIN)
		return "run as root, or with CAP_SYS_ADMIN";
	return "run as root, or with CAP_BPF, CAP_PERFMON, CAP_SYS_PTRACE, CAP_SYSLOG, "
	       "CAP_DAC_READ_SEARCH and CAP_CHECKPOINT_RESTORE";
}

void feature_set_error(struct feature *f, const struct feature_ground *ground, int cap,
		       const char *what, int error, const char *remedy)
{
	bool denied = error == EPERM || error == EACCES;

	feature_set(f, denied ? FEATURE_DENIED : FEATURE_MISSING,
		    denied ? feature_remedy_denied(ground, cap) : remedy, "%s: %s", what,
		    strerror(error));
}

int feature_read_number(const char *path, long *ret_value)
{
	struct buf text = {0};
	char *end;
	long value;
	int err;

	err = procfs_read(path, &text, SYSCTL_LIMIT);
	if (err)
		goto out;
	value = strtol(buf_str(&text), &end, 10);
	err = end == buf_str(&text) ? -EPROTO : 0;
	if (!err)
		*ret_value = value;
out:
	buf_done(&text);
	return err;
}

static void ground_init(struct feature_ground *ground)
{
	struct utsname name;
	struct stat st;

	*ground = (struct feature_ground){.caps = caps_read()};
	/* A kernel without user namespaces has no such file: then there is only the host's. */
	ground->caps_real = stat("/proc/self/ns/user", &st) || st.st_ino == INITIAL_USER_NAMESPACE;
	if (!uname(&name))
		snprintf(ground->release, sizeof(ground->release), "%s", name.release);
	ground->btf = btf__load_vmlinux_btf();
	/* libbpf's reason when it found no file at all is ESRCH. */
	if (!ground->btf)
		ground->btf_error = access("/sys/kernel/btf/vmlinux", R_OK) ? errno : EPROTO;
}

void features_probe(struct features *ret_features)
{
	/* What fails here is a finding, not an error: libbpf is to keep silent about it. */
	libbpf_print_fn_t print = libbpf_set_print(NULL);
	struct features features = {0};
	struct feature_ground ground;
	size_t i;

	ground_init(&ground);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct feature f = {
			.name = rows[i].name,
			.needed_for = rows[i].needed_for,
			.optional = rows[i].optional,
		};

		rows[i].test(&f, &ground);
		vec_push(&features.list, f);
	}
	btf__free(ground.btf);
	libbpf_set_print(print);
	*ret_features = features;
}

void features_done(struct features *features)
{
	struct feature *f;

	vec_each(f, &features->list) {
		free(f->detail);
		free(f->remedy);
	}
	vec_done(&features->list);
}

const struct feature *features_find(const struct features *features, const char *name)
{
	const struct feature *f;

	vec_each(f, &features->list)
		if (!strcmp(f->name, name))
			return f;
	return NULL;
}

const char *feature_state_name(enum feature_state state)
{
	switch (state) {
	case FEATURE_OK: return "ok";
	case FEATURE_MISSING: return "missing";
	case FEATURE_DENIED: return "denied";
	case FEATURE_UNKNOWN: break;
	}
	return "unknown";
}
