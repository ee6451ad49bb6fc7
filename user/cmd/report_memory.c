// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/report_memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/report_load.h"
#include "model/growth.h"
#include "model/leaks.h"
#include "out/folder.h"
#include "out/growth_json.h"
#include "out/leaks_json.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/procfs.h"

/* The folder of a group's only file, to free; NULL: none. */
static char *folder_of(const struct report_groups *groups, const char *kind)
{
	const struct report_group *group;
	const char *end;

	vec_each(group, &groups->at)
		if (!strcmp(group->kind, kind) && group->paths.n == 1) {
			end = strrchr(group->paths.at[0], '/');
			return end ? mem_printf("%.*s", (int)(end - group->paths.at[0]),
						group->paths.at[0])
				   : NULL;
		}
	return NULL;
}

static int read_text(const char *folder, const char *name, size_t most, struct buf *text)
{
	char *path = mem_printf("%s/%s", folder, name);
	int err = procfs_read(path, text, most);

	free(path);
	return err;
}

static void say_unread(const char *folder, const char *name, int err)
{
	if (err && err != -ENOENT && err != -ENOTDIR)
		log_warn("the page lacks what %s/%s has: %s", folder, name,
			 err == -EBADMSG ? "not written by hostprof" : strerror(-err));
}

void report_memory_load(const struct report_groups *groups, struct report_memory *ret_memory)
{
	char *growth = folder_of(groups, "growth"), *heap = folder_of(groups, "heap");
	struct buf text = {0};
	int err;

	*ret_memory = (struct report_memory){0};
	if (growth) {
		err = read_text(growth, FOLDER_SUMMARY, GROWTH_JSON_MAX_FILE, &text);
		if (!err)
			err = growth_json_read(buf_str(&text), text.len, &ret_memory->growth);
		say_unread(growth, FOLDER_SUMMARY, err);
		buf_done(&text);
	}
	if (heap) {
		err = read_text(heap, LEAKS_FILE, LEAKS_MAX_FILE, &text);
		if (!err)
			err = leaks_json_read(buf_str(&text), text.len, &ret_memory->leaks);
		say_unread(heap, LEAKS_FILE, err);
		buf_done(&text);
	}
	free(growth);
	free(heap);
}

void report_memory_done(struct report_memory *memory)
{
	growth_free(memory->growth);
	leaks_free(memory->leaks);
}
