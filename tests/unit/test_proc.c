// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/mountinfo.h"
#include "proc/open.h"

static const char text[] = "22 27 0:21 / /proc rw,relatime - proc proc rw\n"
			   "27 1 254:0 / / rw,relatime shared:1 master:2 - ext4 /dev/vda rw\n"
			   "40 27 254:0 /srv/a\\040b /mnt/with\\011tab\\134 rw - ext4 /dev/vda rw\n"
			   "41 27 0:50 / /media/user rw shared:3 - fuse.sshfs host: rw\n"
			   "42 41 254:1 / /media/user/disk rw - ext4 /dev/vdb rw\n"
			   "43 27 0:60 / /media/users rw - virtiofs tag rw\n"
			   "nonsense\n"
			   "44 27 0:61 / /cut rw shared:9\n"
			   "45 27 x:61 / /bad rw - ext4 a rw\n"
			   "\n"
			   "46 27 0:62 / /last rw - tmpfs tmpfs rw";

static void test_parse(void **state)
{
	const struct mount *m;
	struct mountinfo info;

	(void)state;
	assert_int_equal(mountinfo_parse(&info, text), 0);
	assert_int_equal(info.mounts.n, 7);
	m = mountinfo_find(&info, 40);
	assert_non_null(m);
	assert_string_equal(m->root, "/srv/a b");
	assert_string_equal(m->point, "/mnt/with\ttab\\");
	assert_string_equal(m->type, "ext4");
	assert_int_equal(m->dev_major, 254);
	assert_int_equal(m->dev_minor, 0);
	assert_string_equal(mountinfo_find(&info, 46)->type, "tmpfs");
	assert_null(mountinfo_find(&info, 44));
	assert_null(mountinfo_find(&info, 45));
	mountinfo_done(&info);
	assert_int_equal(mountinfo_parse(&info, ""), -ENODATA);
}

static void test_fuse(void **state)
{
	struct mountinfo info;

	(void)state;
	assert_int_equal(mountinfo_parse(&info, text), 0);
	assert_true(mount_is_fuse(mountinfo_find(&info, 41)));
	assert_false(mount_is_fuse(mountinfo_find(&info, 43)));
	assert_true(mountinfo_crosses_fuse(&info, mountinfo_find(&info, 41)));
	assert_true(mountinfo_crosses_fuse(&info, mountinfo_find(&info, 42)));
	assert_false(mountinfo_crosses_fuse(&info, mountinfo_find(&info, 43)));
	assert_false(mountinfo_crosses_fuse(&info, mountinfo_find(&info, 27)));
	mountinfo_done(&info);
}

static void assert_path(const struct mountinfo *info, int id, const char *path, const char *want)
{
	char *got = mount_path(mountinfo_find(info, id), path);

	if (want)
		assert_string_equal(got, want);
	else
		assert_null(got);
	free(got);
}

static void test_path(void **state)
{
	struct mountinfo info;

	(void)state;
	assert_int_equal(mountinfo_parse(&info, text), 0);
	assert_path(&info, 27, "/usr/bin/x", "/usr/bin/x");
	assert_path(&info, 42, "/x", "/media/user/disk/x");
	assert_path(&info, 40, "/srv/a b/c", "/mnt/with\ttab\\/c");
	assert_path(&info, 40, "/srv/a b", "/mnt/with\ttab\\");
	assert_path(&info, 40, "/srv/a bc", NULL);
	assert_path(&info, 40, "/usr/bin/x", NULL);
	assert_path(&info, 27, "/", "/");
	mountinfo_done(&info);
}

static void test_own_mounts(void **state)
{
	struct mountinfo info;

	(void)state;
	assert_int_equal(mountinfo_read(&info, "/proc/self/mountinfo"), 0);
	assert_true(info.mounts.n > 0);
	mountinfo_done(&info);
	assert_int_equal(mountinfo_read(&info, "/proc/0/mountinfo"), -ENOENT);
}

/* A directory with a file, and links that lead out of it. */
struct tree {
	char dir[64];
	int root;
};

static void below(const struct tree *t, const char *name, char *path)
{
	snprintf(path, 128, "%s/%s", t->dir, name);
}

static int tree_setup(void **state)
{
	static struct tree t;
	char path[128];
	int fd;

	strcpy(t.dir, "/tmp/hostprof-open-XXXXXX");
	assert_non_null(mkdtemp(t.dir));
	below(&t, "file", path);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, "inside", 6), 6);
	close(fd);
	below(&t, "absolute", path);
	assert_int_equal(symlink("/file", path), 0);
	below(&t, "outside", path);
	assert_int_equal(symlink("../../../../../etc/passwd", path), 0);
	below(&t, "magic", path);
	assert_int_equal(symlink("/proc/self/exe", path), 0);
	below(&t, "fifo", path);
	assert_int_equal(mkfifo(path, 0600), 0);
	t.root = open(t.dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	*state = &t;
	return t.root < 0;
}

static int tree_teardown(void **state)
{
	static const char *const names[] = {"file", "absolute", "outside", "magic", "fifo"};
	struct tree *t = *state;
	char path[128];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		below(t, names[i], path);
		unlink(path);
	}
	close(t->root);
	return rmdir(t->dir);
}

static void assert_inside(int handle)
{
	struct open_info info;
	char bytes[16];
	int fd;

	assert_true(handle >= 0);
	assert_int_equal(open_inspect(handle, 0, &info), 0);
	assert_int_equal(info.err, 0);
	assert_int_equal(info.size, 6);
	assert_int_equal(info.links, 1);
	fd = open_for_reading(handle);
	assert_true(fd >= 0);
	assert_int_equal(read(fd, bytes, sizeof(bytes)), 6);
	assert_memory_equal(bytes, "inside", 6);
	assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	close(fd);
	close(handle);
}

static void test_below(void **state)
{
	struct tree *t = *state;

	assert_inside(open_below(t->root, "/file", false));
	assert_inside(open_below(t->root, "/file", true));
	assert_inside(open_below(t->root, "/../../file", false));
	assert_inside(open_below(t->root, "/absolute", false));
	assert_int_equal(open_below(t->root, "/absolute", true), -ELOOP);
	assert_int_equal(open_below(t->root, "/outside", false), -ENOENT);
	assert_int_equal(open_below(t->root, "/magic", false), -ENOENT);
}

/* Nobody writes into the pipe: opening it for reading in the plain way would wait for ever. */
static void test_irregular(void **state)
{
	struct tree *t = *state;
	int handle = open_below(t->root, "/fifo", true);
	struct open_info info;

	assert_true(handle >= 0);
	assert_int_equal(open_inspect(handle, 0, &info), 0);
	assert_int_equal(info.err, -EINVAL);
	close(handle);
	handle = open("/dev/zero", O_PATH | O_CLOEXEC);
	assert_int_equal(open_inspect(handle, 0, &info), 0);
	assert_int_equal(info.err, -EINVAL);
	close(handle);
}

static void test_memfd(void **state)
{
	int fd = memfd_create("a name", MFD_CLOEXEC);
	struct open_info info;
	char *path;

	(void)state;
	/* In no mount table: the kernel's own tmpfs. */
	assert_int_equal(open_inspect(fd, 0, &info), 0);
	assert_int_equal(info.err, 0);
	assert_int_equal(info.links, 0);
	path = open_path(fd);
	assert_string_equal(path, "/memfd:a name (deleted)");
	free(path);
	close(fd);
}

/*
 * A FUSE mount whose root is a regular file and whose server, this process, never answers: every
 * question to it would wait for ever. In a child, which has mounts of its own. The exit status
 * says how far it came.
 */
static void refuse_fuse(const char *path)
{
	struct open_info info = {0};
	char options[128];
	int server, handle;

	alarm(10);
	server = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	snprintf(options, sizeof(options),
		 "fd=%d,rootmode=100000,user_id=%u,group_id=%u,allow_other", server, getuid(),
		 getgid());
	if (server < 0 || unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("hostprof-test", path, "fuse", MS_NOSUID | MS_NODEV, options))
		_exit(77);
	handle = open(path, O_PATH | O_CLOEXEC);
	if (handle < 0)
		_exit(1);
	if (open_inspect(handle, 0, &info))
		_exit(2);
	_exit(info.err == -ENOTSUP ? 0 : 3);
}

static void test_fuse_refused(void **state)
{
	struct tree *t = *state;
	char path[128];
	int status;
	pid_t pid;

	below(t, "file", path);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid)
		refuse_fuse(path);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_fuse),
		cmocka_unit_test(test_path),
		cmocka_unit_test(test_own_mounts),
		cmocka_unit_test_setup_teardown(test_below, tree_setup, tree_teardown),
		cmocka_unit_test_setup_teardown(test_irregular, tree_setup, tree_teardown),
		cmocka_unit_test_setup_teardown(test_fuse_refused, tree_setup, tree_teardown),
		cmocka_unit_test(test_memfd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
