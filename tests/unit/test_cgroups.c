// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proc/cgroups.h"
#include "proc/container_ref.h"
#include "util/cgroupfs.h"

#define HEX  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define HEX2 "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"
#define UID  "12345678-90ab-cdef-1234-567890abcdef"
#define UID_ "12345678_90ab_cdef_1234_567890abcdef"

static void parses(const char *text, const char *unified, const char *legacy)
{
	struct cgroups cgroups;

	assert_int_equal(cgroups_parse(&cgroups, text), unified || legacy ? 0 : -ENODATA);
	if (unified)
		assert_string_equal(cgroups.unified, unified);
	else
		assert_null(cgroups.unified);
	if (legacy)
		assert_string_equal(cgroups.legacy, legacy);
	else
		assert_null(cgroups.legacy);
	cgroups_done(&cgroups);
}

static void test_parse(void **state)
{
	(void)state;
	parses("0::/a/b\n", "/a/b", NULL);
	parses("0::/\n", "/", NULL);
	parses("12:pids:/p\n4:memory:/m\n1:name=systemd:/s\n0::/u", "/u", "/p");
	parses("4:memory:/m\n12:pids:/p\n", NULL, "/p");
	parses("5:cpu,cpuacct:/c\n3:cpuset:/x\n1:name=systemd:/s\n", NULL, "/c");
	parses("1:name=systemd:/s\n", NULL, "/s");
	parses("4:blkio,memory:/m\n2:cpu:/c\n", NULL, "/m");
	/* A colon in a path; removed while it was in use. */
	parses("0::/x.slice:cri-containerd:1\n", "/x.slice:cri-containerd:1", NULL);
	parses("0::/gone (deleted)\n", "/gone", NULL);
	/* As seen from a private cgroup namespace. */
	parses("0::/../..\n", "/", NULL);
	parses("0::/../../docker/x\n", "/docker/x", NULL);
	parses("0::/..x\n", "/..x", NULL);
	parses("", NULL, NULL);
	parses("nonsense\n0:\n::\n0::relative\n1:pids\n", NULL, NULL);
}

static void test_own(void **state)
{
	struct cgroups cgroups;

	(void)state;
	assert_int_equal(cgroups_read(&cgroups, getpid()), 0);
	cgroups_done(&cgroups);
	assert_int_equal(cgroups_read(&cgroups, 99999999), -ENOENT);
}

/* The innermost reference of a path, and how many there are. */
static void finds(const char *path, size_t n, enum container_engine engine, const char *id,
		  const char *pod, const char *unit)
{
	struct container_refs refs;

	container_refs_find(&refs, path);
	assert_int_equal(refs.n, n);
	assert_string_equal(refs.pod_uid, pod);
	assert_string_equal(refs.unit, unit);
	if (!n)
		return;
	assert_int_equal(refs.refs[n - 1].engine, engine);
	assert_string_equal(refs.refs[n - 1].id, id);
}

static void test_docker_podman(void **state)
{
	(void)state;
	finds("/docker/" HEX, 1, ENGINE_DOCKER, HEX, "", "");
	finds("/system.slice/docker-" HEX ".scope", 1, ENGINE_DOCKER, HEX, "", "");
	finds("/docker/" HEX "/system.slice/nginx.service", 1, ENGINE_DOCKER, HEX, "",
	      "nginx.service");
	finds("/docker/" HEX "/init.scope", 1, ENGINE_DOCKER, HEX, "", "");
	finds("/docker/" HEX "/docker/" HEX2, 2, ENGINE_DOCKER, HEX2, "", "");
	finds("/libpod_parent/libpod-" HEX, 1, ENGINE_PODMAN, HEX, "", "");
	finds("/machine.slice/libpod-" HEX ".scope/container", 1, ENGINE_PODMAN, HEX, "", "");
	finds("/machine.slice/libpod-conmon-" HEX ".scope", 0, 0, "", "", "");
	finds("/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" HEX ".scope", 1,
	      ENGINE_PODMAN, HEX, "", "user@1000.service");
	finds("/ecs/task1/" HEX, 3, ENGINE_UNKNOWN, HEX, "", "");
}

static void test_kubernetes(void **state)
{
	(void)state;
	finds("/kubepods/burstable/pod" UID "/" HEX, 3, ENGINE_UNKNOWN, HEX, UID, "");
	finds("/kubepods/pod" UID "/" HEX, 2, ENGINE_UNKNOWN, HEX, UID, "");
	finds("/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" UID_
	      ".slice/cri-containerd-" HEX ".scope",
	      1, ENGINE_CONTAINERD, HEX, UID, "");
	finds("/kubepods.slice/kubepods-pod" UID_ ".slice/crio-" HEX ".scope", 1, ENGINE_CRIO, HEX,
	      UID, "");
	finds("/kubepods.slice/kubepods-pod" UID_ ".slice/crio-" HEX ".scope/container", 1,
	      ENGINE_CRIO, HEX, UID, "");
	finds("/kubepods.slice/kubepods-pod" UID_ ".slice/crio-conmon-" HEX ".scope", 0, 0, "", UID,
	      "");
	/* A static pod's uid has no dashes. */
	finds("/kubepods/besteffort/pod0123456789abcdef0123456789abcdef/" HEX, 3, ENGINE_UNKNOWN,
	      HEX, "0123456789abcdef0123456789abcdef", "");
	/* containerd with the wrong driver. */
	finds("/system.slice/containerd.service/kubepods-besteffort-pod" UID_
	      ".slice:cri-containerd:" HEX,
	      1, ENGINE_CONTAINERD, HEX, UID, "containerd.service");
}

static void test_others(void **state)
{
	struct container_refs refs;

	(void)state;
	finds("/lxc.payload.web", 1, ENGINE_LXC, "web", "", "");
	finds("/lxc.payload.web/system.slice/a.service", 1, ENGINE_LXC, "web", "", "a.service");
	finds("/lxc/web", 1, ENGINE_LXC, "web", "", "");
	finds("/lxc.monitor.web", 0, 0, "", "", "");
	finds("/lxc.pivot", 0, 0, "", "", "");
	finds("/machine.slice/machine-db\\x2d1.scope/payload", 1, ENGINE_MACHINE, "db-1", "", "");
	finds("/machine.slice/systemd-nspawn@db.service/payload/system.slice/x.service", 1,
	      ENGINE_MACHINE, "db", "", "x.service");
	finds("/system.slice/runc-web.scope", 1, ENGINE_RUNC, "web", "", "");
	finds("/system.slice/crun-web.scope", 1, ENGINE_CRUN, "web", "", "");
	finds("/system.slice/nginx.service", 0, 0, "", "", "nginx.service");
	finds("/system.slice/system-getty.slice/getty@tty1.service", 0, 0, "", "",
	      "getty@tty1.service");
	finds("/user.slice/user-1000.slice/session-3.scope", 0, 0, "", "", "session-3.scope");
	finds("/init.scope", 0, 0, "", "", "");
	finds("/", 0, 0, "", "", "");
	finds("", 0, 0, "", "", "");
	container_refs_find(&refs, "/k8s.io/web");
	assert_int_equal(refs.n, 2);
	assert_int_equal(refs.refs[1].engine, ENGINE_NAME);
	assert_string_equal(refs.refs[1].parent, "k8s.io");
	assert_int_equal(refs.refs[1].depth, 2);
	container_refs_find(&refs, "/user.slice/user-1000.slice/session-3.scope");
	assert_int_equal(refs.uid, 1000);
}

static void test_hostile(void **state)
{
	struct container_refs refs;
	char path[8192];

	(void)state;
	/* Names that lead elsewhere are no ids. */
	finds("/../../etc", 1, ENGINE_NAME, "etc", "", "");
	finds("/a\x01/b c/%s", 0, 0, "", "", "");
	finds("/docker-" HEX "x", 1, ENGINE_NAME, "docker-" HEX "x", "", "");
	finds("/x" HEX, 1, ENGINE_NAME, "x" HEX, "", "");
	finds("/runc-../../x.scope", 1, ENGINE_NAME, "runc-..", "", "x.scope");
	finds("/runc-.hidden.scope", 0, 0, "", "", "runc-.hidden.scope");
	finds("/machine-\\x00\\x2.scope", 1, ENGINE_MACHINE, "?\\x2", "", "");
	finds("////docker////" HEX "////", 1, ENGINE_DOCKER, HEX, "", "");
	finds("/pod/podx/pod-", 3, ENGINE_NAME, "pod-", "", "");
	/* More than are kept: the first and the last stay. */
	*path = '\0';
	strcat(path, "/docker/" HEX2);
	for (int i = 0; i < 30; i++)
		strcat(path, "/docker/" HEX);
	strcat(path, "/docker/" HEX2);
	container_refs_find(&refs, path);
	assert_int_equal(refs.n, CONTAINER_REFS_MAX);
	assert_string_equal(refs.refs[0].id, HEX2);
	assert_string_equal(refs.refs[CONTAINER_REFS_MAX - 1].id, HEX2);
	assert_int_equal(refs.refs[CONTAINER_REFS_MAX - 1].end, strlen(path));
	memset(path, 'a', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	path[0] = '/';
	container_refs_find(&refs, path);
	assert_int_equal(refs.n, 0);
	memcpy(path, "/lxc.payload.", 13);
	container_refs_find(&refs, path);
	assert_int_equal(strlen(refs.refs[0].id), CONTAINER_ID_MAX);
}

static void test_trees(void **state)
{
	char *unified = cgroups_path(getpid(), NULL), *legacy = cgroups_path(getpid(), "pids");
	const struct cgroup_tree *tree;
	struct cgroup_trees trees;
	struct cgroups cgroups;

	(void)state;
	assert_int_equal(cgroups_read(&cgroups, getpid()), 0);
	if (unified)
		assert_string_equal(unified, cgroups.unified);
	else
		assert_null(cgroups.unified);
	if (legacy)
		assert_string_equal(legacy, cgroups.legacy);
	assert_null(cgroups_path(getpid(), "no-such"));
	assert_null(cgroups_path(-1, NULL));
	cgroups_done(&cgroups);
	free(unified);
	free(legacy);

	cgroup_trees_find(&trees);
	vec_each(tree, &trees.list) {
		assert_int_equal(access(tree->point, R_OK), 0);
		assert_false(cgroup_tree_has(tree, ""));
	}
	assert_null(cgroup_trees_with(&trees, "no-such"));
	cgroup_trees_done(&trees);
}

static void test_controllers(void **state)
{
	struct cgroup_tree tree = {.controllers = (char *)"rw,cpu,cpuacct,name=systemd"};

	(void)state;
	assert_true(cgroup_tree_has(&tree, "cpu"));
	assert_true(cgroup_tree_has(&tree, "cpuacct"));
	assert_true(cgroup_tree_has(&tree, "name=systemd"));
	assert_false(cgroup_tree_has(&tree, "cpua"));
	assert_false(cgroup_tree_has(&tree, "systemd"));
	tree.controllers = NULL;
	assert_false(cgroup_tree_has(&tree, "cpu"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),	      cmocka_unit_test(test_own),
		cmocka_unit_test(test_docker_podman), cmocka_unit_test(test_kubernetes),
		cmocka_unit_test(test_others),	      cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_trees),	      cmocka_unit_test(test_controllers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
