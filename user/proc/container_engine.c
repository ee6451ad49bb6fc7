// SPDX-License-Identifier: GPL-2.0-or-later
#include "proc/container_engine.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proc/container_file.h"
#include "proc/container_storage.h"
#include "util/mem.h"

#define CONFIG_BYTES   (256u << 10)
#define MAX_NAMESPACES 64 /* of containerd */
#define CRI	       "io.kubernetes.cri."
#define TASKS	       "io.containerd.runtime.v2.task"
#define SANDBOX_NAME   "POD" /* what the kubelet calls the container that holds the namespaces */

/* --- where they are --- */

static char *config_text(const struct container_engines *engines, const char *path, const char *key,
			 bool json)
{
	struct container_dir root = {.fd = engines->root};
	struct buf text = {0};
	char *value = NULL;
	json_t *object;

	if (json) {
		if (!container_file_json(&root, path, CONFIG_BYTES, &object)) {
			const char *found = container_json_text(object, key, NULL);

			value = *found ? mem_strdup(found) : NULL;
			json_decref(object);
		}
	} else if (!container_file_read(&root, path, CONFIG_BYTES, &text)) {
		value = container_toml_text(buf_str(&text), key);
	}
	buf_done(&text);
	return value;
}

int container_engines_init(struct container_engines *engines, const char *root)
{
	char *path;

	*engines = (struct container_engines){0};
	engines->root = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (engines->root < 0)
		return -errno;
	path = config_text(engines, "etc/docker/daemon.json", "data-root", true);
	if (path)
		vec_push(&engines->docker, path);
	vec_push(&engines->docker, mem_strdup("/var/lib/docker"));
	vec_push(&engines->docker, mem_strdup("/var/snap/docker/common/var-lib-docker"));
	path = config_text(engines, "etc/containerd/config.toml", "state", false);
	if (path)
		vec_push(&engines->containerd, path);
	vec_push(&engines->containerd, mem_strdup("/run/containerd"));
	vec_push(&engines->containerd, mem_strdup("/run/k3s/containerd"));
	vec_push(&engines->containerd, mem_strdup("/var/snap/microk8s/common/run/containerd"));
	path = config_text(engines, "etc/containers/storage.conf", "graphroot", false);
	if (path)
		vec_push(&engines->storage, path);
	path = config_text(engines, "etc/containers/storage.conf", "runroot", false);
	if (path)
		vec_push(&engines->storage, path);
	vec_push(&engines->storage, mem_strdup("/var/lib/containers/storage"));
	vec_push(&engines->storage, mem_strdup("/run/containers/storage"));
	return 0;
}

void container_engines_done(struct container_engines *engines)
{
	char **path;

	vec_each(path, &engines->docker)
		free(*path);
	vec_each(path, &engines->containerd)
		free(*path);
	vec_each(path, &engines->storage)
		free(*path);
	vec_done(&engines->docker);
	vec_done(&engines->containerd);
	vec_done(&engines->storage);
	if (engines->root >= 0)
		close(engines->root);
	engines->root = -1;
}

void container_facts_done(struct container_facts *facts)
{
	buf_done(&facts->name);
	buf_done(&facts->image);
	buf_done(&facts->pod);
	buf_done(&facts->space);
	buf_done(&facts->container_name);
}

/* --- docker --- */

static void docker_facts(const json_t *config, struct container_facts *facts)
{
	const char *name = container_json_text(config, "Name", NULL);
	const json_t *pid = json_object_get(json_object_get(config, "State"), "Pid");
	const json_t *labels = json_object_get(json_object_get(config, "Config"), "Labels");

	buf_puts(&facts->name, name + (*name == '/'));
	buf_puts(&facts->image, container_json_text(config, "Config", "Image", NULL));
	buf_puts(&facts->container_name,
		 container_json_text(labels, "io.kubernetes.container.name", NULL));
	buf_puts(&facts->pod, container_json_text(labels, "io.kubernetes.pod.name", NULL));
	buf_puts(&facts->space, container_json_text(labels, "io.kubernetes.pod.namespace", NULL));
	if (json_is_integer(pid) && json_integer_value(pid) > 0 &&
	    json_integer_value(pid) <= INT32_MAX)
		facts->pid = (pid_t)json_integer_value(pid);
	facts->runtime = "docker";
}

static bool ask_docker(const struct container_engines *engines, const char *id,
		       struct container_facts *facts)
{
	bool found = false;

	for (size_t i = 0; i < engines->docker.n && !found; i++) {
		struct container_dir dir = container_dir_open(engines->root, engines->docker.at[i]);
		char *path = mem_printf("containers/%s/config.v2.json", id);
		json_t *config;

		found = !container_file_json(&dir, path, CONTAINER_FILE_BYTES, &config);
		if (found) {
			docker_facts(config, facts);
			json_decref(config);
		}
		free(path);
		container_dir_close(&dir);
	}
	return found;
}

/* --- containerd --- */

struct task {
	const struct container_dir *tasks;
	const char *id;
	struct container_facts *facts;
};

static void containerd_facts(const json_t *spec, const char *id, struct container_facts *facts)
{
	const json_t *notes = json_object_get(spec, "annotations");
	const char *name = container_json_text(notes, "nerdctl/name", NULL);
	const char *type = container_json_text(notes, CRI "container-type", NULL);

	buf_puts(&facts->pod, container_json_text(notes, CRI "sandbox-name", NULL));
	buf_puts(&facts->space, container_json_text(notes, CRI "sandbox-namespace", NULL));
	buf_puts(&facts->image, container_json_text(notes, CRI "image-name", NULL));
	buf_puts(&facts->container_name,
		 !strcmp(type, "sandbox") ? SANDBOX_NAME
					  : container_json_text(notes, CRI "container-name", NULL));
	if (*name)
		buf_puts(&facts->name, name);
	else if (!facts->container_name.len)
		buf_puts(&facts->name, id);
	facts->runtime = "containerd";
}

static bool ask_namespace(const char *namespace, void *arg)
{
	struct task *task = arg;
	char *path = mem_printf("%s/%s/config.json", namespace, task->id);
	json_t *spec;
	bool found = !container_file_json(task->tasks, path, CONTAINER_FILE_BYTES, &spec);

	free(path);
	if (!found)
		return false;
	containerd_facts(spec, task->id, task->facts);
	json_decref(spec);
	path = mem_printf("%s/%s/init.pid", namespace, task->id);
	task->facts->pid = container_file_pid(task->tasks, path);
	free(path);
	return true;
}

/* In `namespace`, or in any when that is NULL. */
static bool ask_containerd(const struct container_engines *engines, const char *namespace,
			   const char *id, struct container_facts *facts)
{
	bool found = false;

	for (size_t i = 0; i < engines->containerd.n && !found; i++) {
		struct container_dir dir =
			container_dir_open(engines->root, engines->containerd.at[i]);
		struct container_dir tasks = container_dir_below(&dir, TASKS);
		struct task task = {.tasks = &tasks, .id = id, .facts = facts};

		found = namespace
				? ask_namespace(namespace, &task)
				: container_dir_each(&tasks, MAX_NAMESPACES, ask_namespace, &task);
		container_dir_close(&tasks);
		container_dir_close(&dir);
	}
	return found;
}

/* --- runc, crun --- */

static bool ask_runtime(const struct container_engines *engines, enum container_engine engine,
			const char *id, struct container_facts *facts)
{
	bool crun = engine == ENGINE_CRUN;
	struct container_dir dir =
		container_dir_open(engines->root, crun ? "/run/crun" : "/run/runc");
	char *path = mem_printf(crun ? "%s/status" : "%s/state.json", id);
	json_t *state, *pid;
	int err = container_file_json(&dir, path, CONTAINER_FILE_BYTES, &state);

	free(path);
	container_dir_close(&dir);
	if (err)
		return false;
	pid = json_object_get(state, crun ? "pid" : "init_process_pid");
	if (json_is_integer(pid) && json_integer_value(pid) > 0 &&
	    json_integer_value(pid) <= INT32_MAX)
		facts->pid = (pid_t)json_integer_value(pid);
	json_decref(state);
	buf_puts(&facts->name, id);
	facts->runtime = crun ? "crun" : "runc";
	return true;
}

/* --- all --- */

static bool ask_named(const struct container_engines *engines, const struct container_ref *ref,
		      struct container_facts *facts)
{
	if (*ref->parent && ask_containerd(engines, ref->parent, ref->id, facts))
		return true;
	return ask_runtime(engines, ENGINE_RUNC, ref->id, facts) ||
	       ask_runtime(engines, ENGINE_CRUN, ref->id, facts);
}

bool container_engines_ask(const struct container_engines *engines, const struct container_ref *ref,
			   unsigned long uid, struct container_facts *facts)
{
	switch (ref->engine) {
	case ENGINE_DOCKER: return ask_docker(engines, ref->id, facts);
	case ENGINE_PODMAN:
	case ENGINE_CRIO: return container_storage_ask(engines, ref->id, uid, facts);
	case ENGINE_CONTAINERD: return ask_containerd(engines, NULL, ref->id, facts);
	case ENGINE_RUNC:
	case ENGINE_CRUN: return ask_runtime(engines, ref->engine, ref->id, facts);
	case ENGINE_NAME: return ask_named(engines, ref, facts);
	case ENGINE_UNKNOWN:
		return ask_docker(engines, ref->id, facts) ||
		       container_storage_ask(engines, ref->id, uid, facts) ||
		       ask_containerd(engines, NULL, ref->id, facts) ||
		       ask_runtime(engines, ENGINE_RUNC, ref->id, facts);
	default: return false;
	}
}
