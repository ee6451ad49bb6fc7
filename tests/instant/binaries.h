/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef INSTANT_BINARIES_H
#define INSTANT_BINARIES_H
/*
 * The files with code that were seen, each opened once, with their unwind tables: built by the
 * product's own builder and laid out in an arena of host memory as in the kernel's. Files stay
 * open, and numbers valid, until binaries_done().
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "elf/file.h"
#include "hostprof/unwind.h"
#include "util/vec.h"

struct binary {
	char *path;
	uint64_t dev, inode;
	int fd;
	bool is_elf;
	struct elf_file elf; /* when is_elf */
	struct hp_unwind_table table;
};

struct binaries {
	VEC(struct binary) all;
	char *arena; /* HP_ARENA_CHUNKS chunks with their guards, touched as they are used */
	uint32_t next;
	const char *vdso; /* our own image: the kernel has one for all */
	size_t vdso_size;
	int vdso_fd; /* of a copy */
	struct hp_unwind_table vdso_table;
};

struct binary_key { /* one mapping of a file, as in /proc/PID/maps */
	pid_t pid;
	uint64_t start, end, dev, inode;
	const char *path;
};

int binaries_init(struct binaries *b); /* 0 or -errno */
void binaries_done(struct binaries *b);
/* The file's number; one that cannot be opened is kept too, with fd -1 and no table. */
uint32_t binaries_find(struct binaries *b, const struct binary_key *key);
const char *binaries_chunk(const struct binaries *b, uint32_t chunk);

#endif
