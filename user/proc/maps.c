// SPDX-License-Identifier: GPL-2.0-or-later
#include "proc/maps.h"

#include <stdio.h>
#include <string.h>

#include "util/buf.h"
#include "util/procfs.h"

static void add_file(struct maps *maps, const struct maps_file *file)
{
	const struct maps_file *known;

	vec_each(known, &maps->files)
		if (known->inode == file->inode && known->dev == file->dev)
			return;
	if (maps->files.n < MAPS_MAX_FILES)
		vec_push(&maps->files, *file);
}

/* "7f1c00-7f2c00 r-xp 0002c000 fd:01 1234   /usr/lib/libc.so.6" */
static void parse_line(const char *line, struct maps *maps)
{
	unsigned long long start, end, offset, inode;
	unsigned int dev_major, dev_minor;
	struct maps_file file;
	char flags[5];

	if (sscanf(line, "%llx-%llx %4s %llx %x:%x %llu", &start, &end, flags, &offset, &dev_major,
		   &dev_minor, &inode) != 7)
		return;
	if (flags[2] != 'x' || !inode)
		return;
	file = (struct maps_file){
		.dev = (uint64_t)dev_major << 20 | dev_minor,
		.inode = inode,
		.start = start,
		.end = end,
	};
	add_file(maps, &file);
}

void maps_parse(const char *text, struct maps *maps)
{
	while (*text) {
		const char *end = strchr(text, '\n');

		parse_line(text, maps);
		if (!end)
			return;
		text = end + 1;
	}
}

int maps_read(pid_t pid, struct maps *ret_maps)
{
	struct buf text = {0};
	char path[64];
	int err;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	err = procfs_read(path, &text, MAPS_MAX_BYTES);
	if (!err) {
		*ret_maps = (struct maps){0};
		maps_parse(buf_str(&text), ret_maps);
	}
	buf_done(&text);
	return err;
}

void maps_done(struct maps *maps)
{
	vec_done(&maps->files);
}
