/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_PROC_MAPS_H
#define HOSTPROF_PROC_MAPS_H
/*
 * The files that a process has code of, from /proc/PID/maps: one entry a file, the first mapping.
 */
#include <stdint.h>
#include <sys/types.h>
#include "util/vec.h"

#define MAPS_MAX_BYTES (32u << 20) /* 65,530 mappings are the kernel's default limit */
#define MAPS_MAX_FILES 4096

struct maps_file {
	uint64_t dev, inode; /* dev: major << 20 | minor */
	uint64_t start, end; /* of the mapping */
};

struct maps {
	VEC(struct maps_file) files;
};

int maps_read(pid_t pid, struct maps *ret_maps); /* 0; -ENOENT or -ESRCH: it is gone; ... */
void maps_parse(const char *text, struct maps *maps);
void maps_done(struct maps *maps);

#endif
