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
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sym/binaries.h"

#define SIZE 8192

/* A process that maps a file executable, in a mount namespace of its own when asked to. */
struct target {
	pid_t pid;
	char dir[64], path[96];
	struct binary_seen seen;
};

static void write_file(const char *path, char fill)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
	char bytes[SIZE];

	assert_true(fd >= 0);
	memset(bytes, fill, sizeof(bytes));
	assert_int_equal(write(fd, bytes, sizeof(bytes)), sizeof(bytes));
	close(fd);
}

/* What the child tells: where it mapped what. Runs in the child, so no assertions. */
static void run_child(const struct target *t, bool own_tmpfs, int to_parent)
{
	struct binary_seen seen = {.tgid = getpid()};
	struct stat st;
	char bytes[SIZE];
	void *map;
	int fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (own_tmpfs &&
	    (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	     mount("hostprof-test", t->dir, "tmpfs", 0, NULL)))
		_exit(1);
	if (own_tmpfs) {
		fd = open(t->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
		memset(bytes, 't', sizeof(bytes));
		if (write(fd, bytes, sizeof(bytes)) != sizeof(bytes))
			_exit(1);
		close(fd);
	}
	fd = open(t->path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st))
		_exit(1);
	map = mmap(NULL, SIZE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		_exit(1);
	close(fd);
	seen.dev_major = major(st.st_dev);
	seen.dev_minor = minor(st.st_dev);
	seen.inode = st.st_ino;
	seen.vm_start = (uint64_t)(uintptr_t)map;
	seen.vm_end = seen.vm_start + SIZE;
	if (write(to_parent, &seen, sizeof(seen)) != sizeof(seen))
		_exit(1);
	pause();
	_exit(0);
}

/* Below which directory of its file system /tmp is; tests need no more than these two layouts. */
static bool tmp_is_on_root(void)
{
	struct stat root, tmp;

	return !stat("/", &root) && !stat("/tmp", &tmp) && root.st_dev == tmp.st_dev;
}

static bool start(struct target *t, bool own_tmpfs)
{
	int pipes[2];
	bool ok;

	strcpy(t->dir, "/tmp/hostprof-bin-XXXXXX");
	assert_non_null(mkdtemp(t->dir));
	snprintf(t->path, sizeof(t->path), "%s/program", t->dir);
	if (!own_tmpfs)
		write_file(t->path, 'a');
	assert_int_equal(pipe(pipes), 0);
	t->pid = fork();
	assert_true(t->pid >= 0);
	if (!t->pid)
		run_child(t, own_tmpfs, pipes[1]);
	close(pipes[1]);
	ok = read(pipes[0], &t->seen, sizeof(t->seen)) == sizeof(t->seen);
	close(pipes[0]);
	t->seen.path = own_tmpfs	  ? "/program"
		       : tmp_is_on_root() ? t->path
					  : t->path + strlen("/tmp");
	return ok;
}

static void stop(struct target *t)
{
	if (t->pid > 0) {
		kill(t->pid, SIGKILL);
		waitpid(t->pid, NULL, 0);
	}
	t->pid = 0;
}

static void finish(struct target *t)
{
	stop(t);
	unlink(t->path);
	rmdir(t->dir);
}

static void assert_content(const struct binary *binary, char fill)
{
	char byte = 0;

	assert_int_equal(binary->err, 0);
	assert_true(binary->fd >= 0);
	assert_int_equal(binary->size, SIZE);
	assert_int_equal(pread(binary->fd, &byte, 1, SIZE - 1), 1);
	assert_int_equal(byte, fill);
	assert_int_equal(fcntl(binary->fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}

/* map_files needs CAP_CHECKPOINT_RESTORE or CAP_SYS_ADMIN. */
static void need_root(void)
{
	if (geteuid())
		skip();
}

static void test_living(void **state)
{
	struct binaries *b = binaries_new();
	struct target t = {0};

	(void)state;
	assert_true(start(&t, false));
	assert_int_equal(binaries_add(b, &t.seen), 0);
	assert_int_equal(binaries_add(b, &t.seen), 1);
	assert_int_equal(binaries_count(b), 2);
	assert_content(binaries_at(b, 0), 'a');
	assert_string_equal(binaries_at(b, 0)->path, t.path);
	assert_false(binaries_at(b, 0)->deleted);
	finish(&t);
	binaries_free(b);
}

static void test_deleted(void **state)
{
	struct binaries *b = binaries_new();
	struct target t = {0};

	(void)state;
	need_root();
	assert_true(start(&t, false));
	assert_int_equal(unlink(t.path), 0);
	binaries_add(b, &t.seen);
	assert_content(binaries_at(b, 0), 'a');
	assert_string_equal(binaries_at(b, 0)->path, t.path);
	assert_true(binaries_at(b, 0)->deleted);
	finish(&t);
	binaries_free(b);
}

/* Another file under the same name, as package managers leave it: never the new one. */
static void test_replaced(void **state)
{
	struct binaries *b = binaries_new();
	struct target t = {0};
	char other[128];

	(void)state;
	need_root();
	assert_true(start(&t, false));
	snprintf(other, sizeof(other), "%s.new", t.path);
	write_file(other, 'b');
	assert_int_equal(rename(other, t.path), 0);
	binaries_add(b, &t.seen);
	assert_content(binaries_at(b, 0), 'a');
	assert_true(binaries_at(b, 0)->deleted);
	stop(&t);
	binaries_add(b, &t.seen);
	assert_int_equal(binaries_at(b, 1)->fd, -1);
	assert_int_equal(binaries_at(b, 1)->err, -ESTALE);
	finish(&t);
	binaries_free(b);
}

static void test_exited(void **state)
{
	struct binaries *b = binaries_new();
	struct target t = {0};

	(void)state;
	assert_true(start(&t, false));
	stop(&t);
	binaries_add(b, &t.seen);
	assert_content(binaries_at(b, 0), 'a');
	assert_string_equal(binaries_at(b, 0)->path, t.path);
	finish(&t);
	/* And now it is nowhere: the path alone is left. */
	binaries_add(b, &t.seen);
	assert_int_equal(binaries_at(b, 1)->fd, -1);
	assert_int_equal(binaries_at(b, 1)->err, -ENOENT);
	assert_string_equal(binaries_at(b, 1)->path, t.seen.path);
	binaries_free(b);
}

/* The range was given to another file since it was seen. */
static void test_wrong_range(void **state)
{
	struct binaries *b = binaries_new();
	struct target t = {0}, other = {0};

	(void)state;
	assert_true(start(&t, false));
	assert_true(start(&other, false));
	other.seen.inode = t.seen.inode;
	other.seen.path = "";
	binaries_add(b, &other.seen);
	assert_int_equal(binaries_at(b, 0)->fd, -1);
	assert_string_equal(binaries_at(b, 0)->path, "[unknown]");
	/* The path leads to the right one all the same. */
	other.seen.path = t.seen.path;
	binaries_add(b, &other.seen);
	assert_content(binaries_at(b, 1), 'a');
	assert_string_equal(binaries_at(b, 1)->path, t.path);
	finish(&t);
	finish(&other);
	binaries_free(b);
}

/* A file system that only the process sees, as in a container. */
static void test_other_mounts(void **state)
{
	struct binaries *b = binaries_new();
	struct target t = {0};

	(void)state;
	need_root();
	if (!start(&t, true)) {
		finish(&t);
		binaries_free(b);
		skip();
	}
	write_file(t.path, 'h'); /* what the host has there */
	binaries_add(b, &t.seen);
	assert_content(binaries_at(b, 0), 't');
	/* Without the range: through the root and the mounts of the process. */
	t.seen.vm_start = t.seen.vm_end = 0;
	binaries_add(b, &t.seen);
	assert_content(binaries_at(b, 1), 't');
	assert_string_equal(binaries_at(b, 1)->path, t.path);
	stop(&t);
	binaries_add(b, &t.seen);
	assert_int_equal(binaries_at(b, 2)->fd, -1);
	finish(&t);
	binaries_free(b);
}

static void test_irregular(void **state)
{
	struct binaries *b = binaries_new();
	struct target t = {0};

	(void)state;
	assert_true(start(&t, false));
	t.seen.path = "/../../../dev/zero";
	t.seen.vm_start = t.seen.vm_end = 0;
	binaries_add(b, &t.seen);
	assert_int_equal(binaries_at(b, 0)->fd, -1);
	assert_true(binaries_at(b, 0)->err < 0);
	finish(&t);
	binaries_free(b);
	binaries_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_living),	    cmocka_unit_test(test_deleted),
		cmocka_unit_test(test_replaced),    cmocka_unit_test(test_exited),
		cmocka_unit_test(test_wrong_range), cmocka_unit_test(test_other_mounts),
		cmocka_unit_test(test_irregular),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
