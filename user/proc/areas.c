// SPDX-License-Identifier: GPL-2.0-or-later
#include "proc/areas.h"

#include <stdio.h>
#include <string.h>

#include "util/procfs.h"

/* "7f1c00-7f2c00 r-xp 0002c000 fd:01 1234   /usr/lib/libc.so.6"; `at`: where it is in the text. */
static void parse_line(struct areas *areas, size_t at)
{
	const char *line = areas->text.data + at;
	unsigned long long start, end, offset, inode;
	struct area area;
	char flags[5];
	int n = 0;

	if (sscanf(line, "%llx-%llx %4s %llx %x:%x %llu%n", &start, &end, flags, &offset,
		   &area.dev_major, &area.dev_minor, &inode, &n) != 7)
		return;
	if (start >= end || (areas->list.n && areas->list.at[areas->list.n - 1].end > start))
		return;
	area.start = start;
	area.end = end;
	area.offset = offset;
	area.inode = inode;
	area.name = (uint32_t)(at + (size_t)n + strspn(line + n, " "));
	area.executable = flags[2] == 'x';
	if (areas->list.n < AREAS_MAX)
		vec_push(&areas->list, area);
}

void areas_parse(struct areas *areas)
{
	size_t at = 0;

	while (at < areas->text.len) {
		char *end = memchr(areas->text.data + at, '\n', areas->text.len - at);

		if (end)
			*end = '\0';
		parse_line(areas, at);
		if (!end)
			return;
		at = (size_t)(end - areas->text.data) + 1;
	}
}

int areas_read(pid_t pid, struct areas *ret_areas)
{
	struct areas areas = {0};
	char path[64];
	int err;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	err = procfs_read(path, &areas.text, AREAS_MAX_BYTES);
	if (err) {
		areas_done(&areas);
		return err;
	}
	areas_parse(&areas);
	*ret_areas = areas;
	return 0;
}

void areas_done(struct areas *areas)
{
	vec_done(&areas->list);
	buf_done(&areas->text);
}

const struct area *areas_find(const struct areas *areas, uint64_t address)
{
	size_t low = 0, high = areas->list.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (areas->list.at[middle].end <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low < areas->list.n && areas->list.at[low].start <= address ? &areas->list.at[low]
									   : NULL;
}

const char *areas_name(const struct areas *areas, const struct area *area)
{
	return areas->text.data + area->name;
}
