// SPDX-License-Identifier: GPL-2.0-or-later
#include "proc/container_storage.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proc/container_engine.h"
#include "proc/container_file.h"
#include "util/mem.h"

#define PASSWD_BYTES (1u << 20)
#define CRIO	     "io.kubernetes.cri-o."
#define K8S	     "io.kubernetes."

/* --- what the runtime was given: the annotations are CRI-O's, or say that it is podman's --- */

static bool spec_facts(const struct container_dir *own, struct container_facts *facts)
{
	const char *name, *image;
	const json_t *notes;
	json_t *spec;

	if (container_file_json(own, "userdata/config.json", CONTAINER_FILE_BYTES, &spec))
		return false;
	notes = json_object_get(spec, "annotations");
	name = container_json_text(notes, K8S "container.name", NULL);
	if (*name && !facts->container_name.len) {
		image = container_json_text(notes, CRIO "ImageName", NULL);
		facts->runtime = "cri-o";
		buf_puts(&facts->container_name, name);
		buf_puts(&facts->pod, container_json_text(notes, K8S "pod.name", NULL));
		buf_puts(&facts->space, container_json_text(notes, K8S "pod.namespace", NULL));
		buf_puts(&facts->image, image);
	}
	json_decref(spec);
	if (!facts->pid)
		facts->pid = container_file_pid(own, "userdata/pidfile");
	return true;
}

/* --- the list of containers: {"id", "names": [], "metadata": JSON in a text} --- */

static void entry_facts(const json_t *entry, struct container_facts *facts)
{
	const char *name = json_string_value(json_array_get(json_object_get(entry, "names"), 0));
	const char *inner = container_json_text(entry, "metadata", NULL);
	json_t *metadata = json_loads(inner, 0, NULL);
	const char *image = container_json_text(metadata, "image-name", NULL);

	if (!name || !*name)
		name = container_json_text(metadata, "name", NULL);
	if (!facts->name.len && !facts->container_name.len)
		buf_puts(&facts->name, name);
	if (!facts->image.len)
		buf_puts(&facts->image, image);
	if (!facts->runtime)
		facts->runtime = "podman";
	json_decref(metadata);
}

static bool list_facts(const struct container_dir *dir, const char *file, const char *id,
		       struct container_facts *facts)
{
	bool found = false;
	json_t *list, *entry;
	size_t i;

	if (container_file_json(dir, file, CONTAINER_LIST_BYTES, &list))
		return false;
	json_array_foreach(list, i, entry)
	{
		if (strcmp(container_json_text(entry, "id", NULL), id))
			continue;
		entry_facts(entry, facts);
		found = true;
		break;
	}
	json_decref(list);
	return found;
}

/* One root, for each way to keep layers: they have their own folders. */
static bool ask_root(const struct container_dir *root, const char *id,
		     struct container_facts *facts)
{
	static const char *const drivers[] = {"overlay-containers", "vfs-containers",
					      "btrfs-containers", "zfs-containers"};
	bool found = false;

	for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++) {
		struct container_dir dir = container_dir_below(root, drivers[i]);

		/* The list is long: read it only for a container that has its folder here. */
		struct container_dir own = container_dir_below(&dir, id);

		if (own.fd >= 0) {
			found |= spec_facts(&own, facts);
			if (!facts->name.len && !facts->container_name.len)
				found |= list_facts(&dir, "containers.json", id, facts) ||
					 list_facts(&dir, "volatile-containers.json", id, facts);
		}
		container_dir_close(&own);
		container_dir_close(&dir);
	}
	return found;
}

/* The home of a user, as the host's passwd has it; to be freed. */
static char *home_of(const struct container_engines *engines, unsigned long uid)
{
	struct container_dir root = {.fd = engines->root};
	struct buf text = {0};
	char *home = NULL;

	if (container_file_read(&root, "etc/passwd", PASSWD_BYTES, &text))
		goto out;
	for (char *line = text.data, *next; line && !home; line = next) {
		char *field[7];
		size_t n = 0;

		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		while (n < 7 && (field[n] = strsep(&line, ":")))
			n++;
		if (n == 7 && strtoul(field[2], NULL, 10) == uid && field[5][0] == '/')
			home = mem_strdup(field[5]);
	}
out:
	buf_done(&text);
	return home;
}

/* Everything below these two belongs to the user. */
static bool ask_user(const struct container_engines *engines, const char *id, unsigned long uid,
		     struct container_facts *facts)
{
	char *home = home_of(engines, uid), *run = mem_printf("/run/user/%lu", uid);
	const char *const tops[] = {home, run};
	const char *const roots[] = {".local/share/containers/storage", "containers"};
	bool found = false;

	for (size_t i = 0; i < 2; i++) {
		struct container_dir top, root;

		if (!tops[i])
			continue;
		top = container_dir_open(engines->root, tops[i]);
		top.user = true;
		root = container_dir_below(&top, roots[i]);
		found |= ask_root(&root, id, facts);
		container_dir_close(&root);
		container_dir_close(&top);
	}
	free(home);
	free(run);
	return found;
}

bool container_storage_ask(const struct container_engines *engines, const char *id,
			   unsigned long uid, struct container_facts *facts)
{
	bool found = false;

	/* The spec can be in the run root, and the name in the graph root. */
	for (size_t i = 0; i < engines->storage.n; i++) {
		struct container_dir root =
			container_dir_open(engines->root, engines->storage.at[i]);

		if (root.fd >= 0)
			found |= ask_root(&root, id, facts);
		container_dir_close(&root);
	}
	if (!found && uid)
		found = ask_user(engines, id, uid, facts);
	return found;
}
