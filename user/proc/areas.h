/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_PROC_AREAS_H
#define HOSTPROF_PROC_AREAS_H
/* All memory areas of a process, from /proc/PID/maps, as of one moment. */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "util/buf.h"
#include "util/vec.h"

#define AREAS_MAX_BYTES (8u << 20) /* 65,530 mappings are the kernel's default limit */
#define AREAS_MAX	131072

struct area {
	uint64_t start, end, offset; /* offset: in the file */
	uint64_t inode;		     /* 0: no file */
	uint32_t dev_major, dev_minor;
	uint32_t name; /* in `text`: a path, "[heap]", "" */
	bool executable;
};

struct areas {
	VEC(struct area) list; /* rising */
	struct buf text;
};

int areas_read(pid_t pid, struct areas *ret_areas); /* 0; -ENOENT or -ESRCH: it is gone; ... */
void areas_parse(struct areas *areas);		    /* what is in its `text` */
void areas_done(struct areas *areas);

/* The area an address is in, or NULL. */
const struct area *areas_find(const struct areas *areas, uint64_t address);
const char *areas_name(const struct areas *areas, const struct area *area);

#endif
