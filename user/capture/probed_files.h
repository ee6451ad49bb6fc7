/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_CAPTURE_PROBED_FILES_H
#define HOSTPROF_CAPTURE_PROBED_FILES_H
/*
 * The files with code that probed processes have mapped: each is looked into once. Those with
 * something to probe stay open, and are numbered for the probe's table. Files are named by their
 * index; zero-initialised with `find` and `what` is ready for use.
 */
#include <stdbool.h>
#include <stdint.h>
#include "hook/sites.h"
#include "util/vec.h"

struct maps_file;

struct probed_file {
	uint64_t dev, inode;
	int fd;		 /* -1: nothing to probe in it */
	uint32_t number; /* of those that have */
	struct hook_sites sites;
};

struct probed_files {
	int (*find)(int fd, struct hook_sites *ret_sites);
	const char *what; /* is looked for, for the log */
	VEC(struct probed_file) list;
	uint32_t n_open;
	uint32_t two_traps; /* sites that cost that */
};

/* The file that a process has mapped, or HASH_NONE: there are too many. */
uint32_t probed_files_mapped(struct probed_files *files, uint32_t pid,
			     const struct maps_file *mapped);
/* Takes the descriptor, or -errno. The file, or HASH_NONE: it is none with code. */
uint32_t probed_files_opened(struct probed_files *files, int fd);
bool probed_file_is_same(const struct probed_file *a, const struct probed_file *b);
void probed_files_done(struct probed_files *files);

#endif
