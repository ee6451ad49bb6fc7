// SPDX-License-Identifier: GPL-2.0-or-later
#include "sym/jitmaps.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "proc/open.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/hash.h"
#include "util/vec.h"

#define AGAIN_AFTER_NS (200 * NSEC_PER_MSEC)

struct file {
	int fd;			    /* or -errno */
	uint64_t tried_ns, wait_ns; /* when, and how long until the next time */
};

struct jitmap {
	struct jitfile_owner owner;
	int tmp; /* its /tmp, a handle; or -errno; then the status is not known either */
	struct file files[JITFILES];
};

struct jitmaps {
	VEC(struct jitmap) list;
	struct hash_index by_key;
	int highest_fd;
};

struct jitmaps *jitmaps_new(void)
{
	struct jitmaps *j = mem_zalloc(sizeof(*j));

	j->highest_fd = file_limit_kept();
	return j;
}

void jitmaps_free(struct jitmaps *j)
{
	struct jitmap *map;

	if (!j)
		return;
	vec_each(map, &j->list) {
		if (map->tmp >= 0)
			close(map->tmp);
		for (int kind = 0; kind < JITFILES; kind++)
			if (map->files[kind].fd >= 0)
				close(map->files[kind].fd);
	}
	vec_done(&j->list);
	hash_index_done(&j->by_key);
	free(j);
}

static bool same_key(const void *list, uint32_t id, const void *key)
{
	const struct jitmaps *j = list;
	const struct jitfile_owner *a = &j->list.at[id].owner, *b = key;

	return a->tgid == b->tgid && a->start == b->start;
}

static int keep_fd(const struct jitmaps *j, int fd)
{
	if (fd <= j->highest_fd)
		return fd;
	close(fd);
	return -EMFILE;
}

static int open_tmp(struct jitmaps *j, struct jitmap *map)
{
	int root, tmp, err;

	err = status_read(map->owner.tgid, &map->owner.status);
	if (err)
		return err;
	root = open_root(map->owner.tgid);
	if (root < 0)
		return root;
	tmp = open_below(root, "/tmp", false);
	close(root);
	if (tmp < 0)
		return tmp;
	tmp = keep_fd(j, tmp);
	/* What was read is its own only if the pid was not given to another meanwhile. */
	if (tmp >= 0 && !jitfile_same_process(&map->owner)) {
		close(tmp);
		tmp = -ESRCH;
	}
	return tmp;
}

static void try(struct jitmaps *j, struct jitmap *map, enum jitfile kind)
{
	struct file *file = &map->files[kind];

	if (file->fd >= 0)
		return;
	file->tried_ns = clock_mono_ns();
	if (!file->wait_ns)
		file->wait_ns = AGAIN_AFTER_NS;
	else if (kind == JITFILE_DUMP) /* all mappings are read for it */
		file->wait_ns *= 2;
	if (map->tmp < 0)
		map->tmp = open_tmp(j, map);
	file->fd = map->tmp < 0 ? map->tmp : jitfile_open(kind, &map->owner, map->tmp);
	if (file->fd >= 0)
		file->fd = keep_fd(j, file->fd);
}

static struct jitmap *find(struct jitmaps *j, pid_t tgid, uint64_t start)
{
	struct jitfile_owner key = {.start = start, .tgid = tgid};
	struct jitmap map = {
		.owner = key, .tmp = -ENOENT, .files = {{.fd = -ENOENT}, {.fd = -ENOENT}}};
	uint64_t hash = hash_index_words(&j->by_key, start, (uint64_t)tgid);
	uint32_t id = hash_index_find(&j->by_key, hash, same_key, j, &key);

	if (id == HASH_NONE) {
		if (tgid <= 0 || j->list.n >= JITMAPS_MAX_PROCESSES)
			return NULL;
		id = (uint32_t)j->list.n;
		vec_push(&j->list, map);
		hash_index_add(&j->by_key, hash, id);
	}
	return &j->list.at[id];
}

void jitmaps_see(struct jitmaps *j, pid_t tgid, uint64_t start)
{
	struct jitmap *map = find(j, tgid, start);
	uint64_t now = clock_mono_ns();

	for (int kind = 0; map && kind < JITFILES; kind++) {
		const struct file *file = &map->files[kind];

		if (file->fd < 0 && (!file->wait_ns || now - file->tried_ns >= file->wait_ns))
			try(j, map, (enum jitfile)kind);
	}
}

int jitmaps_fd(struct jitmaps *j, enum jitfile kind, pid_t tgid, uint64_t start)
{
	struct jitmap *map = find(j, tgid, start);

	if (!map)
		return -ENOSPC;
	try(j, map, kind);
	return map->files[kind].fd;
}
