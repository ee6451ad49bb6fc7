// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/shape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "util/hash.h"
#include "util/procfs.h"

#define MAX_STATUS (64u << 10)

uint64_t shape_of(uint32_t pid)
{
	static const char *const fields[] = {"\nVmExe:", "\nVmLib:"};
	struct buf text = {0};
	uint64_t shape = 0;
	char path[64];
	struct stat exe;

	snprintf(path, sizeof(path), "/proc/%u/status", pid);
	if (!procfs_read(path, &text, MAX_STATUS)) {
		shape = 1;
		for (int i = 0; i < 2; i++) {
			const char *at = strstr(buf_str(&text), fields[i]);

			if (at)
				shape = hash_mix(shape, strtoull(at + strlen(fields[i]), NULL, 10));
		}
		snprintf(path, sizeof(path), "/proc/%u/exe", pid);
		if (!stat(path, &exe))
			shape = hash_mix(shape, exe.st_ino);
	}
	buf_done(&text);
	return shape;
}
