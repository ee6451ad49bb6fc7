// SPDX-License-Identifier: GPL-2.0-or-later
#include "elf/vdso_image.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

#include "util/buf.h"
#include "util/procfs.h"

#define MAX_MAPS (16u << 20)

/* The auxiliary vector has the start only; the section headers lie behind the segments. */
static int find_size(unsigned long start, size_t *ret_size)
{
	struct buf maps = {0};
	char range[32];
	const char *line;
	unsigned long end;
	int err;

	err = procfs_read("/proc/self/maps", &maps, MAX_MAPS);
	if (err)
		goto out;
	err = -ENOENT;
	snprintf(range, sizeof(range), "%lx-", start);
	line = strstr(buf_str(&maps), range);
	if (!line)
		goto out;
	end = strtoul(line + strlen(range), NULL, 16);
	if (end <= start || end - start > VDSO_MAX_BYTES)
		goto out;
	*ret_size = end - start;
	err = 0;
out:
	buf_done(&maps);
	return err;
}

int vdso_image(const void **ret_image, size_t *ret_size)
{
	unsigned long start = getauxval(AT_SYSINFO_EHDR);
	size_t size;
	int err;

	if (!start)
		return -ENOENT;
	err = find_size(start, &size);
	if (err)
		return err;
	*ret_image = (const void *)start;
	*ret_size = size;
	return 0;
}
