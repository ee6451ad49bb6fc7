/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_HOOK_FEATURE_TEST_H
#define HOSTPROF_HOOK_FEATURE_TEST_H
/*
 * What the tests of features.c's table share. Each test gets its feature with name and purpose
 * filled in, and calls feature_set() exactly once. Private to hook/feature*.c.
 */
#include <stdbool.h>
#include <stdint.h>
#include "hook/features.h"

struct btf;

struct feature_ground {	  /* found out once, for all tests */
	uint64_t caps;	  /* see util/caps.h */
	bool caps_real;	  /* they count for the host: we are in its user namespace */
	struct btf *btf;  /* NULL: btf_error */
	int btf_error;	  /* positive errno */
	bool loads;	  /* a BPF program could be loaded; set by feature_test_load() */
	char release[65]; /* uname -r */
};

/* `remedy` may be NULL. */
void feature_set(struct feature *f, enum feature_state state, const char *remedy, const char *fmt,
		 ...) __attribute__((format(printf, 4, 5)));
/*
 * For a call that failed with `error` (positive errno): denied, when it is one that asks for the
 * capability `cap`, or else missing, with `remedy`.
 */
void feature_set_error(struct feature *f, const struct feature_ground *ground, int cap,
		       const char *what, int error, const char *remedy);
/* What helps when something that asks for `cap` was refused. */
const char *feature_remedy_denied(const struct feature_ground *ground, int cap);
/* Is the capability held and does it count for the host; CAP_SYS_ADMIN includes some others. */
bool feature_has_cap(const struct feature_ground *ground, int cap);
/* Reads a number from a file of /proc/sys. 0 or -errno. */
int feature_read_number(const char *path, long *ret_value);

typedef void feature_test_fn(struct feature *f, struct feature_ground *ground);

/* feature_privileges.c */
feature_test_fn feature_test_cap_bpf, feature_test_cap_perfmon, feature_test_cap_ptrace,
	feature_test_cap_syslog, feature_test_cap_dac, feature_test_map_files,
	feature_test_user_namespace, feature_test_pid_namespace, feature_test_host_root,
	feature_test_cgroup_namespace, feature_test_lockdown, feature_test_open_files;
/* feature_bpf.c */
feature_test_fn feature_test_load, feature_test_ringbuf, feature_test_btf, feature_test_user_stacks,
	feature_test_task_registers, feature_test_follow, feature_test_bpf_stats, feature_test_jit,
	feature_test_memory_tracepoint, feature_test_lock_tracepoints, feature_test_uprobes,
	feature_test_uprobe_multi, feature_test_uprobe_session;
/* feature_kernel.c */
feature_test_fn feature_test_cpu_clock, feature_test_cycles, feature_test_paranoid,
	feature_test_rate, feature_test_cpu_limit, feature_test_kallsyms, feature_test_cgroup2;

#endif
