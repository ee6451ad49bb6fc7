// SPDX-License-Identifier: GPL-2.0-or-later
#include "maps.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "binaries.h"
#include "util/buf.h"
#include "util/procfs.h"

#define MAPS_MAX (16u << 20) /* bytes of text */

static void add_line(struct maps *m, pid_t pid, struct binaries *binaries, char *line)
{
	unsigned long start, end, offset, inode;
	unsigned int major, minor;
	char flags[8];
	struct map map;
	int path = 0;

	if (sscanf(line, "%lx-%lx %7s %lx %x:%x %lu %n", &start, &end, flags, &offset, &major,
		   &minor, &inode, &path) < 7 ||
	    start >= 1ul << 63)
		return;
	map = (struct map){.start = start, .end = end, .offset = offset, .file = PLACE_ANON};
	map.code = flags[2] == 'x';
	if (!strcmp(line + path, "[vdso]"))
		map.file = PLACE_VDSO;
	else if (inode && map.code)
		map.file = binaries_find(binaries, &(struct binary_key){
							   .pid = pid,
							   .start = start,
							   .end = end,
							   .dev = (uint64_t)major << 32 | minor,
							   .inode = inode,
							   .path = line + path,
						   });
	vec_push(&m->all, map);
}

int maps_read(struct maps *m, pid_t pid, struct binaries *binaries)
{
	struct buf text = {0};
	char path[64], *line, *rest;
	int err;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	err = procfs_read(path, &text, MAPS_MAX);
	if (!err && !text.len)
		err = -ESRCH; /* it is ending: its memory is gone */
	if (err)
		goto out;
	buf_putc(&text, '\0');
	if (m->text && !strcmp(m->text, text.data)) {
		err = 1;
		goto out;
	}
	maps_done(m);
	m->text = mem_strdup(text.data);
	for (line = strtok_r(text.data, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		add_line(m, pid, binaries, line);
out:
	buf_done(&text);
	return err;
}

void maps_done(struct maps *m)
{
	vec_done(&m->all);
	free(m->text);
	m->text = NULL;
}

struct place maps_place(const struct maps *m, uint64_t address)
{
	const struct map *map;

	vec_each(map, &m->all) {
		if (address < map->start || address >= map->end)
			continue;
		if (!map->code)
			break;
		if (map->file == PLACE_ANON)
			return (struct place){PLACE_ANON, address};
		return (struct place){map->file,
				      address - map->start +
					      (map->file == PLACE_VDSO ? 0 : map->offset)};
	}
	return (struct place){PLACE_NONE, address};
}
