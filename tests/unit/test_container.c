// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proc/container.h"
#include "util/buf.h"
#include "util/mem.h"

#define HEX   "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define HEX2  "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"
#define SHORT "0123456789ab"
#define UID   "12345678-90ab-cdef-1234-567890abcdef"
#define UID_  "12345678_90ab_cdef_1234_567890abcdef"
#define TASK  "run/containerd/io.containerd.runtime.v2.task/"
#define STORE "var/lib/containers/storage/overlay-containers/"

/* A host's file tree of our own, and the resolver of the test. */
static char top[] = "/tmp/hp-container-XXXXXX";
static struct containers *containers;
static struct container it;

static char *made_path(const char *name)
{
	char *path = mem_printf("%s/%s", top, name);

	for (char *slash = strchr(path + strlen(top) + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0755);
		*slash = '/';
	}
	return path;
}

static void put_bytes(const char *name, const char *text, size_t n)
{
	char *path = made_path(name);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, n, file), n);
	fclose(file);
	free(path);
}

static void put(const char *name, const char *text)
{
	put_bytes(name, text, strlen(text));
}

static void take_link(const char *name, const char *to)
{
	char *path = made_path(name);

	unlink(path);
	assert_int_equal(symlink(to, path), 0);
	free(path);
}

static int setup(void **state)
{
	(void)state;
	strcpy(top + strlen(top) - 6, "XXXXXX");
	assert_non_null(mkdtemp(top));
	containers = NULL;
	return 0;
}

static int teardown(void **state)
{
	char *command = mem_printf("rm -rf %s", top);

	(void)state;
	containers_free(containers);
	assert_int_equal(system(command), 0);
	free(command);
	return 0;
}

static void find(const char *unified, const char *legacy)
{
	if (!containers)
		containers = containers_new(top);
	assert_non_null(containers);
	containers_find(containers, unified, legacy, &it);
}

static void is(const char *runtime, const char *name, const char *id, const char *image)
{
	assert_string_equal(it.runtime, runtime);
	assert_string_equal(it.name, name);
	assert_string_equal(it.id, id);
	assert_string_equal(it.image, image);
}

static void in_pod(const char *pod, const char *namespace)
{
	assert_string_equal(it.pod, pod);
	assert_string_equal(it.namespace, namespace);
}

/* --- docker --- */

static const char docker_json[] = "{\"ID\":\"" HEX "\",\"Name\":\"/web\",\"State\":{\"Pid\":0},"
				  "\"Config\":{\"Image\":\"nginx:1\",\"Labels\":{}}}";

static void test_docker(void **state)
{
	(void)state;
	put("var/lib/docker/containers/" HEX "/config.v2.json", docker_json);
	find("/docker/" HEX, NULL);
	is("docker", "web", HEX, "nginx:1");
	in_pod("", "");
	assert_string_equal(it.cgroup, "/docker/" HEX);
	assert_false(it.pending);
	find("/system.slice/docker-" HEX ".scope", NULL);
	is("docker", "web", HEX, "nginx:1");
	/* v1 alone, and hybrid, where cgroup2 has the service that has started it. */
	find(NULL, "/docker/" HEX);
	is("docker", "web", HEX, "nginx:1");
	find("/system.slice/containerd.service", "/docker/" HEX);
	is("docker", "web", HEX, "nginx:1");
	assert_string_equal(it.cgroup, "/docker/" HEX);
	assert_string_equal(it.service, "");
	/* A service in the container. */
	find("/docker/" HEX "/system.slice/cron.service", NULL);
	is("docker", "web", HEX, "nginx:1");
	assert_string_equal(it.service, "cron.service");
}

static void test_docker_elsewhere(void **state)
{
	(void)state;
	put("etc/docker/daemon.json", "{\"data-root\": \"/data/docker\"}");
	put("disk/docker/containers/" HEX "/config.v2.json", docker_json);
	take_link("data", "/disk"); /* of the administrator's: stays below the root */
	find("/docker/" HEX, NULL);
	is("docker", "web", HEX, "nginx:1");
}

static void test_docker_kubernetes(void **state)
{
	(void)state;
	put("var/lib/docker/containers/" HEX "/config.v2.json",
	    "{\"Name\":\"/k8s_app_p_n_u_0\",\"Config\":{\"Image\":\"sha256:1\",\"Labels\":{"
	    "\"io.kubernetes.container.name\":\"app\",\"io.kubernetes.pod.name\":\"p-1\","
	    "\"io.kubernetes.pod.namespace\":\"shop\"}}}");
	find("/kubepods/burstable/pod" UID "/" HEX, NULL);
	is("docker", "app", HEX, "sha256:1");
	in_pod("p-1", "shop");
}

/* --- podman, CRI-O --- */

static const char podman_json[] =
	"[{\"id\":\"" HEX2 "\",\"names\":[\"other\"]},"
	"{\"id\":\"" HEX "\",\"names\":[\"db\"],\"image\":\"sha\",\"metadata\":"
	"\"{\\\"image-name\\\":\\\"postgres:15\\\",\\\"name\\\":\\\"db\\\"}\"}]";

static void test_podman(void **state)
{
	(void)state;
	put(STORE "containers.json", podman_json);
	put(STORE HEX "/userdata/config.json",
	    "{\"annotations\":{\"io.container.manager\":\"libpod\"}}");
	find("/libpod_parent/libpod-" HEX, NULL);
	is("podman", "db", HEX, "postgres:15");
	find("/machine.slice/libpod-" HEX ".scope/container", "/");
	is("podman", "db", HEX, "postgres:15");
	find(NULL, "/libpod_parent/libpod-" HEX);
	is("podman", "db", HEX, "postgres:15");
	find("/machine.slice/libpod-conmon-" HEX ".scope", NULL);
	is("", "", "", "");
}

static void test_podman_volatile(void **state)
{
	(void)state;
	put("etc/containers/storage.conf", "# graphroot = \"/no\"\n[storage]\n"
					   "driver = \"vfs\"\n graphroot = \"/srv/pods\"\n"
					   "runroot=\"/run/pods\"\n");
	put("run/pods/vfs-containers/volatile-containers.json", podman_json);
	put("run/pods/vfs-containers/" HEX "/userdata/pidfile", "1\n");
	find("/libpod_parent/libpod-" HEX, NULL);
	is("podman", "db", HEX, "postgres:15");
}

#define ROOTLESS "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" HEX ".scope"

static void test_podman_rootless(void **state)
{
	(void)state;
	put("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nbroken\n"
			  "ann:x:1000:1000::/people/ann:/bin/sh\n");
	put("people/ann/.local/share/containers/storage/overlay-containers/containers.json",
	    podman_json);
	put("people/ann/.local/share/containers/storage/overlay-containers/" HEX
	    "/userdata/config.json",
	    "{}");
	find(ROOTLESS, NULL);
	is("podman", "db", HEX, "postgres:15");
	assert_false(it.pending);
}

/* The user's folders are the user's: no link of theirs is followed, however it is meant. */
static void test_podman_rootless_links(void **state)
{
	(void)state;
	put("etc/passwd", "ann:x:1000:1000::/people/ann:/bin/sh\n");
	put("elsewhere/storage/overlay-containers/containers.json", podman_json);
	put("elsewhere/storage/overlay-containers/" HEX "/userdata/config.json", "{}");
	take_link("people/ann/.local/share/containers", "/elsewhere");
	find(ROOTLESS, NULL);
	is("podman", SHORT, HEX, "");
	assert_true(it.pending);
}

static void test_crio(void **state)
{
	(void)state;
	put("run/containers/storage/overlay-containers/" HEX "/userdata/config.json",
	    "{\"annotations\":{\"io.kubernetes.container.name\":\"api\","
	    "\"io.kubernetes.pod.name\":\"api-7\",\"io.kubernetes.pod.namespace\":\"prod\","
	    "\"io.kubernetes.cri-o.ImageName\":\"quay.io/api:3\"}}");
	find("/kubepods.slice/kubepods-pod" UID_ ".slice/crio-" HEX ".scope", NULL);
	is("cri-o", "api", HEX, "quay.io/api:3");
	in_pod("api-7", "prod");
	find("/kubepods/pod" UID "/crio-" HEX, NULL);
	is("cri-o", "api", HEX, "quay.io/api:3");
}

/* --- containerd --- */

#define CRI_JSON                                                                                   \
	"{\"annotations\":{\"io.kubernetes.cri.container-type\":\"container\","                    \
	"\"io.kubernetes.cri.container-name\":\"cart\",\"io.kubernetes.cri.sandbox-name\":"        \
	"\"cart-0\",\"io.kubernetes.cri.sandbox-namespace\":\"shop\","                             \
	"\"io.kubernetes.cri.image-name\":\"cart:9\"}}"

static void test_containerd_cri(void **state)
{
	(void)state;
	put(TASK "k8s.io/" HEX "/config.json", CRI_JSON);
	put(TASK "k8s.io/" HEX2 "/config.json",
	    "{\"annotations\":{\"io.kubernetes.cri.container-type\":\"sandbox\","
	    "\"io.kubernetes.cri.sandbox-name\":\"cart-0\"}}");
	find("/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" UID_
	     ".slice/cri-containerd-" HEX ".scope",
	     NULL);
	is("containerd", "cart", HEX, "cart:9");
	in_pod("cart-0", "shop");
	find("/kubepods/besteffort/pod" UID "/" HEX, NULL);
	is("containerd", "cart", HEX, "cart:9");
	find(NULL, "/kubepods/besteffort/pod" UID "/" HEX);
	is("containerd", "cart", HEX, "cart:9");
	find("/kubepods/pod" UID "/cri-containerd-" HEX2, NULL);
	is("containerd", "POD", HEX2, "");
	in_pod("cart-0", "");
}

static void test_containerd_plain(void **state)
{
	(void)state;
	put("etc/containerd/config.toml", "state = \"/run/ctd\"\n");
	put("run/ctd/io.containerd.runtime.v2.task/default/web/config.json", "{}");
	put(TASK "default/" HEX "/config.json", "{\"annotations\":{\"nerdctl/name\":\"blog\"}}");
	find("/default/web", NULL);
	is("containerd", "web", "web", "");
	find("/system.slice/nerdctl-" HEX ".scope", NULL);
	is("containerd", "blog", HEX, "");
	/* A user's cgroup of the same name is not the container: its process is not there. */
	find("/user.slice/user-1000.slice/user@1000.service/default/web", NULL);
	is("systemd", "user@1000.service", "", "");
}

/* --- the others --- */

static void test_runtimes(void **state)
{
	(void)state;
	put("run/runc/web/state.json", "{\"id\":\"web\",\"init_process_pid\":0}");
	put("run/crun/job/status", "{\"pid\":0}");
	find("/web", NULL);
	is("runc", "web", "web", "");
	find("/job", NULL);
	is("crun", "job", "job", "");
	find("/system.slice/runc-web.scope", NULL);
	is("runc", "web", "web", "");
	find("/nobody", NULL);
	is("", "", "", "");
	assert_string_equal(it.cgroup, "/nobody");
	find("/lxc.payload.mail", NULL);
	is("lxc", "mail", "mail", "");
	assert_false(it.pending);
	find("/machine.slice/machine-db\\x2d1.scope/payload", NULL);
	is("machine", "db-1", "db-1", "");
	find("/system.slice/nginx.service", "/");
	is("systemd", "nginx.service", "", "");
	find("/", "/system.slice/cron.service");
	is("systemd", "cron.service", "", "");
	find("/", "/");
	is("", "", "", "");
	find(NULL, NULL);
	is("", "", "", "");
}

/* Nothing is said of this id but by its path. */
static void test_unknown(void **state)
{
	(void)state;
	find("/kubepods/burstable/pod" UID "/" HEX, NULL);
	is("", SHORT, HEX, "");
	in_pod(UID, "");
	assert_true(it.pending);
	put("var/lib/docker/containers/" HEX "/config.v2.json", docker_json);
	find("/kubepods/burstable/pod" UID "/" HEX, NULL);
	is("docker", "web", HEX, "nginx:1");
	in_pod(UID, "");
	assert_false(it.pending);
}

/* --- one container in another --- */

static void test_nested(void **state)
{
	char *json;

	(void)state;
	put("var/lib/docker/containers/" HEX "/config.v2.json", docker_json);
	/* The inner one's files are in the outer one. */
	find("/docker/" HEX "/docker/" HEX2, NULL);
	is("docker", "web", HEX, "nginx:1");
	/* A container that calls its own cgroup like another container. */
	put("var/lib/docker/containers/" HEX2 "/config.v2.json", "{\"Name\":\"/victim\"}");
	find("/docker/" HEX "/docker/" HEX2, NULL);
	is("docker", "web", HEX, "nginx:1");
	find("/docker/" HEX "/web", NULL);
	is("docker", "web", HEX, "nginx:1");
	/* Its first process lives, but elsewhere. */
	json = mem_printf("{\"Name\":\"/inner\",\"State\":{\"Pid\":%d}}", getpid());
	put("var/lib/docker/containers/" HEX2 "/config.v2.json", json);
	find("/docker/" HEX "/docker/" HEX2, NULL);
	is("docker", "web", HEX, "nginx:1");
	free(json);
}

/* --- hostile files --- */

#define WEB "var/lib/docker/containers/" HEX "/config.v2.json"

static void nobody_knows(void)
{
	find("/docker/" HEX, NULL);
	is("docker", SHORT, HEX, "");
	assert_true(it.pending);
}

static void test_hostile_files(void **state)
{
	char *big = mem_alloc(2u << 20), *path = made_path(WEB);

	(void)state;
	put(WEB, "");
	nobody_knows();
	put(WEB, "{\"Name\":\"/web\"");
	nobody_knows();
	memset(big, '[', 2u << 20);
	put_bytes(WEB, big, 1u << 20); /* deep */
	nobody_knows();
	put_bytes(WEB, big, 2u << 20); /* long */
	nobody_knows();
	put("secret", docker_json);
	unlink(path);
	take_link(WEB, "/secret");
	nobody_knows();
	unlink(path);
	assert_int_equal(mkfifo(path, 0644), 0); /* would block an open() */
	nobody_knows();
	unlink(path);
	mkdir(path, 0755);
	nobody_knows();
	free(path);
	free(big);
}

static void test_hostile_links(void **state)
{
	(void)state;
	put("elsewhere/config.v2.json", docker_json);
	take_link("var/lib/docker/containers/" HEX, "/elsewhere");
	nobody_knows();
}

static void test_hostile_texts(void **state)
{
	char *json, name[400];

	(void)state;
	put(WEB, "{\"Name\":7,\"Config\":[],\"State\":\"x\"}");
	find("/docker/" HEX, NULL);
	is("docker", SHORT, HEX, "");
	put(WEB, "{\"Name\":\"/a\\u001b[2Jb\\nc\\u007f\",\"Config\":{\"Image\":\"\xc3\xa4\"}}");
	find("/docker/" HEX, NULL);
	is("docker", "a?[2Jb?c?", HEX, "\xc3\xa4");
	/* Two bytes a letter, and an odd number fits: no half letter is left. */
	for (size_t i = 0; i < sizeof(name) - 2; i += 2)
		memcpy(name + i, "\xc3\xa4", 2);
	name[sizeof(name) - 2] = '\0';
	json = mem_printf("{\"Name\":\"%s\"}", name);
	put(WEB, json);
	free(json);
	find("/docker/" HEX, NULL);
	assert_int_equal(strlen(it.name), CONTAINER_TEXT_MAX - 1);
	/* Not UTF-8 is not JSON. */
	put(WEB, "{\"Name\":\"/\xff\"}");
	nobody_knows();
}

static void test_hostile_lists(void **state)
{
	char *list = mem_alloc(5u << 20);

	(void)state;
	put(STORE HEX "/userdata/config.json", "[]");
	put(STORE "containers.json", "{\"id\":[]}");
	find("/libpod_parent/libpod-" HEX, NULL);
	is("podman", SHORT, HEX, "");
	put(STORE "containers.json",
	    "[1,null,{\"id\":3},{\"id\":\"" HEX "\",\"names\":{},\"metadata\":\"{{\"}]");
	find("/libpod_parent/libpod-" HEX, NULL);
	is("podman", SHORT, HEX, "");
	memset(list, ' ', 5u << 20);
	put_bytes(STORE "containers.json", list, 5u << 20);
	find("/libpod_parent/libpod-" HEX, NULL);
	is("podman", SHORT, HEX, "");
	free(list);
}

static void test_matching(void **state)
{
	(void)state;
	put("var/lib/docker/containers/" HEX "/config.v2.json", docker_json);
	find("/docker/" HEX "/system.slice/nginx.service", NULL);
	assert_true(container_is_called(&it, "web"));
	assert_true(container_is_called(&it, "w*"));
	assert_true(container_is_called(&it, "0123"));
	assert_true(container_is_called(&it, HEX));
	assert_false(container_is_called(&it, "012")); /* too short for an id */
	assert_false(container_is_called(&it, "we"));
	assert_false(container_is_called(&it, HEX "0"));
	assert_true(container_is_service(&it, "nginx.service"));
	assert_true(container_is_service(&it, "nginx"));
	assert_true(container_is_service(&it, "ngi*"));
	assert_false(container_is_service(&it, "cron"));
	find("/", NULL);
	assert_false(container_is_called(&it, "*"));
	assert_false(container_is_service(&it, "*"));
	assert_null(containers_new("/nowhere/at/all"));
	assert_int_equal(errno, ENOENT);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_docker),
		TEST(test_docker_elsewhere),
		TEST(test_docker_kubernetes),
		TEST(test_podman),
		TEST(test_podman_volatile),
		TEST(test_podman_rootless),
		TEST(test_podman_rootless_links),
		TEST(test_crio),
		TEST(test_containerd_cri),
		TEST(test_containerd_plain),
		TEST(test_runtimes),
		TEST(test_unknown),
		TEST(test_nested),
		TEST(test_hostile_files),
		TEST(test_hostile_links),
		TEST(test_hostile_texts),
		TEST(test_hostile_lists),
		TEST(test_matching),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
