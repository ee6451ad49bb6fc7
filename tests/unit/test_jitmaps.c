// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "model/profile.h"
#include "proc/status.h"
#include "sym/binaries.h"
#include "sym/jitmaps.h"
#include "sym/symbolize.h"
#include "util/clock.h"
#include "util/mem.h"
#include "util/procfs.h"

/* A process that does nothing, with a file tree of its own when asked to. */
struct target {
	pid_t pid;
	uint64_t start;
	char root[64]; /* "" for ours */
	char map[128]; /* where its map belongs */
};

static uint64_t start_of(pid_t pid)
{
	struct procfs_stat stat;

	assert_int_equal(procfs_stat(pid, &stat), 0);
	return stat.start_ticks * (NSEC_PER_SEC / (uint64_t)sysconf(_SC_CLK_TCK));
}

static void start(struct target *t, bool own_root)
{
	int ready[2];
	char byte;

	*t = (struct target){0};
	if (own_root) {
		char tmp[80];

		strcpy(t->root, "/tmp/hostprof-root-XXXXXX");
		assert_non_null(mkdtemp(t->root));
		snprintf(tmp, sizeof(tmp), "%s/tmp", t->root);
		assert_int_equal(mkdir(tmp, 0777), 0);
	}
	assert_int_equal(pipe(ready), 0);
	t->pid = fork();
	assert_true(t->pid >= 0);
	if (!t->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (own_root && (chroot(t->root) || chdir("/")))
			_exit(1);
		if (write(ready[1], "x", 1) == 1)
			pause();
		_exit(0);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	t->start = start_of(t->pid);
	snprintf(t->map, sizeof(t->map), "%s/tmp/perf-%d.map", t->root, t->pid);
}

static void stop(struct target *t)
{
	if (!t->pid)
		return;
	kill(t->pid, SIGKILL);
	waitpid(t->pid, NULL, 0);
	t->pid = 0;
}

static void finish(struct target *t)
{
	char command[128];

	stop(t);
	unlink(t->map);
	if (t->root[0]) {
		snprintf(command, sizeof(command), "rm -rf %s", t->root);
		assert_int_equal(system(command), 0);
	}
}

static void append(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static const char *name_at(struct symbolizer *s, const struct target *t, pid_t pid, uint64_t addr,
			   char *name)
{
	struct origin origin = {.kind = ORIGIN_ANON, .tgid = pid, .start = t->start};
	struct profile *p = profile_new();
	uint32_t mapping = profile_new_mapping(p, &(struct profile_mapping){0});
	uint32_t location = profile_add_location(p, mapping, addr);
	const struct profile_location *l = &p->locations.at[location];

	assert_int_equal(symbolizer_run(s, p, &origin, 1), 0);
	assert_string_equal(profile_str(p, p->mappings.at[mapping].file), "[jit]");
	*name = '\0';
	if (l->n_lines)
		strcpy(name,
		       profile_str(p, p->functions.at[p->lines.at[l->first_line].function].name));
	profile_free(p);
	return name;
}

/* Seen while it lives; what is written afterwards counts, also when process and file are gone. */
static void test_gone(void **state)
{
	struct binaries *b = binaries_new();
	struct symbolizer *s = symbolizer_new(b, NULL);
	struct target t;
	char name[4096];
	pid_t pid;

	(void)state;
	start(&t, false);
	pid = t.pid;
	append(t.map, "1000 10 JS:*early@1 /x.js:1\n");
	symbolizer_see_process(s, t.pid, t.start);
	append(t.map, "2000 10 late\033[0m\n");
	unlink(t.map);
	stop(&t);
	assert_string_equal(name_at(s, &t, pid, 0x1008, name), "JS:*early@1 /x.js:1");
	assert_string_equal(name_at(s, &t, pid, 0x2008, name), "late?[0m");
	assert_string_equal(name_at(s, &t, pid, 0x3008, name), "");
	finish(&t);
	symbolizer_free(s);
	binaries_free(b);
}

/* Written only at the end, in a file tree of its own, to be found after the process has ended. */
static void test_late_file(void **state)
{
	struct binaries *b = binaries_new();
	struct symbolizer *s = symbolizer_new(b, NULL);
	struct target t;
	char name[4096];
	pid_t pid;

	(void)state;
	if (geteuid())
		skip();
	start(&t, true);
	pid = t.pid;
	symbolizer_see_process(s, t.pid, t.start);
	append(t.map, "1000 10 at_exit\n");
	stop(&t);
	assert_string_equal(name_at(s, &t, pid, 0x1008, name), "at_exit");
	finish(&t);
	symbolizer_free(s);
	binaries_free(b);
}

/* Under the pid that the process has for itself. */
static void test_namespace(void **state)
{
	struct jitmaps *j = jitmaps_new();
	struct status status;
	int pids[2];
	pid_t outer, inner;

	(void)state;
	if (geteuid())
		skip();
	assert_int_equal(pipe(pids), 0);
	outer = fork();
	if (!outer) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (unshare(CLONE_NEWPID))
			_exit(1);
		inner = fork();
		if (!inner) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			pause();
			_exit(0);
		}
		if (write(pids[1], &inner, sizeof(inner)) == sizeof(inner))
			pause();
		_exit(0);
	}
	close(pids[1]);
	if (read(pids[0], &inner, sizeof(inner)) != sizeof(inner)) {
		close(pids[0]);
		waitpid(outer, NULL, 0);
		jitmaps_free(j);
		skip();
	}
	close(pids[0]);
	assert_int_equal(status_read(inner, &status), 0);
	assert_int_equal(status.own_pid, 1);
	assert_int_equal(status.euid, geteuid());
	if (access("/tmp/perf-1.map", F_OK)) {
		append("/tmp/perf-1.map", "1 1 x\n");
		assert_true(jitmaps_fd(j, JITFILE_MAP, inner, 0) >= 0);
		unlink("/tmp/perf-1.map");
	}
	kill(outer, SIGKILL);
	waitpid(outer, NULL, 0);
	jitmaps_free(j);
}

static int answer(const struct target *t)
{
	struct jitmaps *j = jitmaps_new();
	int fd = jitmaps_fd(j, JITFILE_MAP, t->pid, t->start);

	jitmaps_free(j);
	return fd < 0 ? fd : 0;
}

/* Whatever else may lie where the map belongs. */
static void test_refused(void **state)
{
	const struct timespec old[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};
	struct target t, other;
	char path[256];

	(void)state;
	if (geteuid())
		skip();
	start(&t, true);
	assert_int_equal(answer(&t), -ENOENT);
	append(t.map, "1 1 x\n");
	assert_int_equal(answer(&t), 0);
	assert_int_equal(chown(t.map, 12345, 12345), 0); /* another user's */
	assert_int_equal(answer(&t), -EPERM);
	assert_int_equal(chown(t.map, 0, 0), 0);
	assert_int_equal(utimensat(AT_FDCWD, t.map, old, 0), 0); /* of a process before it */
	assert_int_equal(answer(&t), -ESTALE);
	assert_int_equal(utimensat(AT_FDCWD, t.map, NULL, 0), 0);
	snprintf(path, sizeof(path), "%s/tmp/second", t.root);
	assert_int_equal(link(t.map, path), 0); /* somebody's file, linked here */
	assert_int_equal(answer(&t), -EPERM);
	unlink(t.map);
	assert_int_equal(symlink("second", t.map), 0);
	assert_int_equal(answer(&t), -ELOOP);
	unlink(t.map);
	assert_int_equal(symlink("/etc/passwd", t.map), 0);
	assert_int_equal(answer(&t), -ELOOP);
	unlink(t.map);
	assert_int_equal(mkfifo(t.map, 0644), 0); /* opening it would wait for ever */
	assert_int_equal(answer(&t), -EINVAL);
	unlink(t.map);
	assert_int_equal(mkdir(t.map, 0755), 0);
	assert_int_equal(answer(&t), -EINVAL);
	assert_int_equal(rmdir(t.map), 0);
	/* The pid is another process's by now. */
	append(t.map, "1 1 x\n");
	other = t;
	other.start += 1000 * NSEC_PER_SEC;
	assert_int_equal(answer(&other), -ESRCH);
	/* A link out of its tree leads to nothing. */
	snprintf(path, sizeof(path), "rm -rf %s/tmp; ln -s ../../../tmp %s/tmp", t.root, t.root);
	assert_int_equal(system(path), 0);
	assert_true(answer(&t) < 0);
	finish(&t);
	assert_int_equal(answer(&(struct target){.pid = 0}), -ENOSPC);
	jitmaps_free(NULL);
}

static void test_status(void **state)
{
	struct status status = {77, 77};

	(void)state;
	assert_int_equal(
		status_parse("Name:\tNSpid:\nUid:\t1\t2\t3\t4\nNSpid:\t900\t33\t1\n", &status), 0);
	assert_int_equal(status.euid, 2);
	assert_int_equal(status.own_pid, 1);
	assert_int_equal(status_parse("Name:\tx\nUid:\t1\t2\t3\t4\n", &status), -EPROTO);
	assert_int_equal(status_parse("", &status), -EPROTO);
	assert_int_equal(status_parse("Name:\tx\nUid:\t1\t2\nNSpid:\tx\n", &status), -EPROTO);
	assert_true(status_read(0, &status) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gone),	  cmocka_unit_test(test_late_file),
		cmocka_unit_test(test_namespace), cmocka_unit_test(test_refused),
		cmocka_unit_test(test_status),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
