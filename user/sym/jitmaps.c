// SPDX-License-Identifier: GPL-2.0-or-later
#include "sym/jitmaps.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "proc/open.h"
#include "proc/status.h"
#include "util/clock.h"
#include "util/hash.h"
#include "util/procfs.h"
#include "util/vec.h"

#define AGAIN_AFTER_NS (200 * NSEC_PER_MSEC)
#define SPARE_FDS      64 /* descriptors left for everybody else */
#define CLOCK_SLACK_NS (2 * NSEC_PER_SEC)

struct key {
	uint64_t start;
	pid_t tgid;
};

struct jitmap {
	struct key key;
	struct status status;
	int tmp; /* its /tmp, a handle; or -errno */
	int fd;	 /* or -errno */
	uint64_t tried_ns;
};

struct jitmaps {
	VEC(struct jitmap) list;
	struct hash_index by_key;
	int highest_fd;
};

struct jitmaps *jitmaps_new(void)
{
	struct jitmaps *j = mem_zalloc(sizeof(*j));
	struct rlimit limit;

	j->highest_fd = INT32_MAX;
	if (!getrlimit(RLIMIT_NOFILE, &limit) && limit.rlim_cur < INT32_MAX)
		j->highest_fd = (int)limit.rlim_cur - SPARE_FDS;
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
		if (map->fd >= 0)
			close(map->fd);
	}
	vec_done(&j->list);
	hash_index_done(&j->by_key);
	free(j);
}

static bool same_key(const void *owner, uint32_t id, const void *key)
{
	const struct jitmaps *j = owner;
	const struct key *a = &j->list.at[id].key, *b = key;

	return a->tgid == b->tgid && a->start == b->start;
}

/* Is the process of this pid still the one that was seen? */
static bool same_process(const struct key *key)
{
	uint64_t tick = NSEC_PER_SEC / (uint64_t)sysconf(_SC_CLK_TCK);
	struct procfs_stat stat;

	if (!key->start)
		return true;
	return !procfs_stat(key->tgid, &stat) && stat.start_ticks == key->start / tick;
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

	err = status_read(map->key.tgid, &map->status);
	if (err)
		return err;
	root = open_root(map->key.tgid);
	if (root < 0)
		return root;
	tmp = open_below(root, "/tmp", false);
	close(root);
	if (tmp < 0)
		return tmp;
	tmp = keep_fd(j, tmp);
	/* What was read is its own only if the pid was not given to another meanwhile. */
	if (tmp >= 0 && !same_process(&map->key)) {
		close(tmp);
		tmp = -ESRCH;
	}
	return tmp;
}

/* A process of this pid that ran before may have left its own. */
static bool older(const struct stat *st, uint64_t start)
{
	uint64_t changed =
		(uint64_t)st->st_mtim.tv_sec * NSEC_PER_SEC + (uint64_t)st->st_mtim.tv_nsec;
	struct timespec boot;
	uint64_t age;

	if (!start || clock_gettime(CLOCK_BOOTTIME, &boot))
		return false;
	age = (uint64_t)boot.tv_sec * NSEC_PER_SEC + (uint64_t)boot.tv_nsec - start;
	return changed + CLOCK_SLACK_NS < clock_real_ns() - age;
}

static int check(int fd, const struct jitmap *map)
{
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	if (st.st_uid && st.st_uid != map->status.euid)
		return -EPERM;
	/* A second name: somebody may have linked a file of root's to where the map belongs. */
	if (!S_ISREG(st.st_mode) || st.st_nlink > 1)
		return -EPERM;
	return older(&st, map->key.start) ? -ESTALE : 0;
}

static int open_map(struct jitmaps *j, struct jitmap *map)
{
	struct open_info info;
	int handle, fd, err;
	char name[64];

	snprintf(name, sizeof(name), "perf-%d.map", map->status.own_pid);
	handle = open_below(map->tmp, name, true);
	if (handle < 0)
		return handle;
	err = open_inspect(handle, map->key.tgid, &info);
	if (!err)
		err = info.err;
	fd = err ? err : open_for_reading(handle);
	close(handle);
	if (fd >= 0)
		fd = keep_fd(j, fd);
	if (fd < 0)
		return fd;
	err = check(fd, map);
	if (err) {
		close(fd);
		return err;
	}
	return fd;
}

static void try(struct jitmaps *j, struct jitmap *map)
{
	if (map->fd >= 0)
		return;
	map->tried_ns = clock_mono_ns();
	if (map->tmp < 0)
		map->tmp = open_tmp(j, map);
	map->fd = map->tmp < 0 ? map->tmp : open_map(j, map);
}

static struct jitmap *find(struct jitmaps *j, pid_t tgid, uint64_t start)
{
	struct key key = {.start = start, .tgid = tgid};
	struct jitmap map = {.key = key, .tmp = -ENOENT, .fd = -ENOENT};
	uint64_t hash = hash_mix(hash_mix(0, start), (uint64_t)tgid);
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

	if (map && map->fd < 0 &&
	    (!map->tried_ns || clock_mono_ns() - map->tried_ns >= AGAIN_AFTER_NS))
		try(j, map);
}

int jitmaps_fd(struct jitmaps *j, pid_t tgid, uint64_t start)
{
	struct jitmap *map = find(j, tgid, start);

	if (!map)
		return -ENOSPC;
	try(j, map);
	return map->fd;
}
