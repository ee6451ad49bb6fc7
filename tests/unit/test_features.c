// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The feature table. What it finds differs by machine; that every row is filled in, that it agrees
 * with what a plain look at the same files shows, and that nothing is left open, does not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hook/features.h"
#include "hook/uprobe.h"

static unsigned int open_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned int n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static void rows_are_whole(void **state)
{
	struct features features;
	const struct feature *f, *other;

	(void)state;
	features_probe(&features);
	assert_true(features.list.n >= 20);
	vec_each(f, &features.list) {
		assert_true(*f->name && *f->needed_for);
		assert_non_null(f->detail);
		assert_true(*f->detail);
		assert_true(f->state <= FEATURE_UNKNOWN);
		assert_string_not_equal(feature_state_name(f->state), "");
		if (f->state == FEATURE_OK)
			assert_null(f->remedy);
		if (f->state == FEATURE_DENIED)
			assert_non_null(f->remedy);
		/* One line, and no name twice. */
		assert_null(strchr(f->detail, '\n'));
		vec_each(other, &features.list)
			if (other != f)
				assert_string_not_equal(other->name, f->name);
		assert_ptr_equal(features_find(&features, f->name), f);
	}
	assert_null(features_find(&features, "no-such-feature"));
	features_done(&features);
	assert_int_equal(features.list.n, 0);
}

static void nothing_stays_open(void **state)
{
	unsigned int before = open_descriptors();
	struct features features;

	(void)state;
	features_probe(&features);
	features_done(&features);
	assert_int_equal(open_descriptors(), before);
}

static void agrees_with_files(void **state)
{
	const struct feature *f;
	struct features features;
	char line[4096];
	bool cgroup2 = false;
	FILE *mounts;

	(void)state;
	features_probe(&features);
	f = features_find(&features, "btf");
	assert_non_null(f);
	assert_int_equal(f->state == FEATURE_OK, !access("/sys/kernel/btf/vmlinux", R_OK));
	/* /proc/mounts rather than mountinfo, which the feature reads. */
	mounts = fopen("/proc/mounts", "re");
	assert_non_null(mounts);
	while (fgets(line, sizeof(line), mounts))
		cgroup2 |= strstr(line, " cgroup2 ") != NULL;
	fclose(mounts);
	f = features_find(&features, "cgroup2");
	assert_non_null(f);
	assert_int_equal(f->state == FEATURE_OK, cgroup2);
	features_done(&features);
}

/* What `hostprof doctor` says of uprobes is what a recording goes by. */
static void agrees_with_uprobes(void **state)
{
	unsigned int before = open_descriptors();
	struct uprobe_types types;
	struct features features;
	bool multi, session, events;

	(void)state;
	features_probe(&features);
	multi = features_find(&features, "uprobe-multi")->state == FEATURE_OK;
	session = features_find(&features, "uprobe-session")->state == FEATURE_OK;
	events = features_find(&features, "uprobes")->state == FEATURE_OK;
	features_done(&features);
	uprobe_find_types(&types);
	assert_int_equal(types.session, session);
	assert_int_equal(types.entry, multi ? UPROBE_ENTRY : UPROBE_EVENT_ENTRY);
	assert_int_equal(types.leave, multi ? UPROBE_RETURN : UPROBE_EVENT_RETURN);
	assert_int_equal(uprobe_has_events(), events);
	assert_int_equal(open_descriptors(), before);
}

/* Exit status of a child that has given up root: the number of the first check that failed. */
static int check_unprivileged(void)
{
	static const char *const denied[] = {"cap-bpf", "cap-perfmon", "cap-sys-ptrace",
					     "cap-syslog", "map-files"};
	const struct feature *f;
	struct features features;
	size_t i;
	int ret = 0;

	if (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
		return 100;
	/* Undo what changing the user id did, so that /proc/self is ours to read. */
	prctl(PR_SET_DUMPABLE, 1);
	features_probe(&features);
	for (i = 0; i < sizeof(denied) / sizeof(denied[0]) && !ret; i++) {
		f = features_find(&features, denied[i]);
		if (!f || f->state != FEATURE_DENIED || !f->remedy || !strstr(f->remedy, "root"))
			ret = 1 + (int)i;
	}
	/* Not being able to ask is no answer: neither yes nor no. */
	f = features_find(&features, "task-registers");
	if (!ret && (!f || f->state != FEATURE_UNKNOWN))
		ret = 50;
	features_done(&features);
	return ret;
}

static void unprivileged(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	if (geteuid()) {
		print_message("needs root to give it up\n");
		skip();
	}
	fflush(stdout);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid)
		_exit(check_unprivileged());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_whole),    cmocka_unit_test(nothing_stays_open),
		cmocka_unit_test(agrees_with_files), cmocka_unit_test(agrees_with_uprobes),
		cmocka_unit_test(unprivileged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
