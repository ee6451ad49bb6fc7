// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/target.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <jansson.h>

#include "probes/probes.h"

static int check_ids(const uint32_t *ids, size_t n, bool threads, struct buf *why)
{
	const char *what = threads ? "thread" : "process";

	for (size_t i = 0; i < n; i++) {
		char path[64];

		/* /proc/ID exists for threads too; the list of processes is that of leaders. */
		snprintf(path, sizeof(path), threads ? "/proc/%u/stat" : "/proc/%u/task/%u/stat",
			 ids[i], ids[i]);
		if (!access(path, F_OK))
			continue;
		snprintf(path, sizeof(path), "/proc/%u/stat", ids[i]);
		if (!threads && !access(path, F_OK))
			buf_printf(why, "%u is a thread, not a process: use -t %u", ids[i], ids[i]);
		else
			buf_printf(why, "there is no %s %u: it may have ended; see `ps -e%s`", what,
				   ids[i], threads ? "L" : "");
		return -ESRCH;
	}
	return 0;
}

int target_check(struct target *target, struct buf *why)
{
	const char **name;
	int err = check_ids(target->pids.at, target->pids.n, false, why);

	if (!err)
		err = check_ids(target->tids.at, target->tids.n, true, why);
	vec_each(name, &target->cgroups)
		if (!err)
			err = groups_add(&target->groups, *name, why);
	if (!err && target->comm && strlen(target->comm) >= HP_COMM_LEN) {
		buf_printf(why, "--comm %s: the kernel keeps %d characters of a name; give those",
			   target->comm, HP_COMM_LEN - 1);
		err = -EINVAL;
	}
	return err;
}

void target_done(struct target *target)
{
	groups_done(&target->groups);
	vec_done(&target->cgroups);
	vec_done(&target->pids);
	vec_done(&target->tids);
	place_filter_done(&target->places);
}

bool target_is_host(const struct target *target)
{
	return !target->pids.n && !target->tids.n && !target->comm && !target->cgroups.n &&
	       !target->command && place_filter_is_empty(&target->places);
}

void target_configure(const struct target *target, struct hp_config *config)
{
	if (target->pids.n || target->tids.n || target->command)
		config->filter |= HP_FILTER_TASKS;
	if (target->cgroups.n)
		config->filter |= HP_FILTER_CGROUP;
	config->controller = target->groups.subsystem;
	if (!place_filter_is_empty(&target->places))
		config->filter |= HP_FILTER_PLACE;
	if (target->comm) {
		config->filter |= HP_FILTER_COMM;
		memset(config->comm, 0, sizeof(config->comm));
		memcpy(config->comm, target->comm, strnlen(target->comm, HP_COMM_LEN - 1));
	}
}

static int add_ids(int map, const uint32_t *ids, size_t n)
{
	uint64_t from_loader = 0;

	for (size_t i = 0; i < n; i++)
		if (bpf_map_update_elem(map, &ids[i], &from_loader, BPF_ANY))
			return -errno;
	return 0;
}

int target_apply(const struct target *target, const struct probes *probes, uint32_t command_pid)
{
	int err;

	err = add_ids(probes_map(probes, "hp_processes"), target->pids.at, target->pids.n);
	if (!err)
		err = add_ids(probes_map(probes, "hp_threads"), target->tids.at, target->tids.n);
	if (!err && command_pid)
		err = add_ids(probes_map(probes, "hp_processes"), &command_pid, 1);
	if (!err)
		err = groups_apply(&target->groups, probes_map(probes, "hp_asked"));
	return err;
}

static json_t *json_ids(const uint32_t *ids, size_t n)
{
	json_t *array = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(array, json_integer(ids[i]));
	return array;
}

static void json_names(json_t *object, const char *key, const char *const *names, size_t n)
{
	json_t *array = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(array, json_string_nocheck(names[i]));
	if (n)
		json_object_set_new(object, key, array);
	else
		json_decref(array);
}

char *target_json(const struct target *target, uint32_t command_pid)
{
	json_t *object = json_object(), *words;
	char *text;

	json_object_set_new(object, "host", json_boolean(target_is_host(target)));
	if (target->pids.n)
		json_object_set_new(object, "pids", json_ids(target->pids.at, target->pids.n));
	if (target->tids.n)
		json_object_set_new(object, "tids", json_ids(target->tids.at, target->tids.n));
	if (target->comm)
		json_object_set_new(object, "comm", json_string_nocheck(target->comm));
	json_names(object, "cgroups", target->cgroups.at, target->cgroups.n);
	json_names(object, "containers", target->places.containers.at, target->places.containers.n);
	json_names(object, "pods", target->places.pods.at, target->places.pods.n);
	json_names(object, "namespaces", target->places.namespaces.at, target->places.namespaces.n);
	json_names(object, "services", target->places.services.at, target->places.services.n);
	if (target->command) {
		words = json_array();
		for (char **word = target->command; *word; word++)
			json_array_append_new(words, json_string_nocheck(*word));
		json_object_set_new(object, "command", words);
		json_object_set_new(object, "command_pid", json_integer(command_pid));
	}
	text = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	return text ? text : mem_strdup("{}");
}

static void text_ids(struct buf *out, const char *what, const uint32_t *ids, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_printf(out, "%s%u", i ? ", " : what, ids[i]);
}

static void text_names(struct buf *out, const char *what, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_printf(out, "%s%s%s",
			   i	      ? ", "
			   : out->len ? ", only in "
				      : "",
			   i ? "" : what, names[i]);
}

char *target_text(const struct target *target, uint32_t command_pid)
{
	struct buf out = {0};

	if (target_is_host(target))
		buf_puts(&out, "the whole host");
	if (target->command) {
		buf_puts(&out, "command `");
		for (char **word = target->command; *word; word++)
			buf_printf(&out, "%s%s", word == target->command ? "" : " ", *word);
		buf_printf(&out, "` (pid %u)", command_pid);
	}
	text_ids(&out, out.len ? " and process " : "process ", target->pids.at, target->pids.n);
	text_ids(&out, out.len ? " and thread " : "thread ", target->tids.at, target->tids.n);
	if (target->comm)
		buf_printf(&out, "%sprocesses called %s", out.len ? ", only " : "", target->comm);
	text_names(&out, "cgroup ", target->cgroups.at, target->cgroups.n);
	text_names(&out, "container ", target->places.containers.at, target->places.containers.n);
	text_names(&out, "pod ", target->places.pods.at, target->places.pods.n);
	text_names(&out, "namespace ", target->places.namespaces.at, target->places.namespaces.n);
	text_names(&out, "service ", target->places.services.at, target->places.services.n);
	return out.data;
}
