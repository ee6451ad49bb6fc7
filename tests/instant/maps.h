/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef INSTANT_MAPS_H
#define INSTANT_MAPS_H
/*
 * A process's mappings at one moment, from /proc/PID/maps, in rising order. [vsyscall] is left
 * out: the kernel does not keep it with the others.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "place.h"
#include "util/vec.h"

struct binaries;

struct map {
	uint64_t start, end, offset;
	bool code;     /* executable */
	uint32_t file; /* of code: a number of binaries, PLACE_ANON, or PLACE_VDSO */
};

struct maps {
	VEC(struct map) all;
	char *text; /* what was read */
};

/* 0: read; 1: nothing has changed since; -errno. */
int maps_read(struct maps *m, pid_t pid, struct binaries *binaries);
void maps_done(struct maps *m);
/* Never fails: PLACE_NONE when it is no code. */
struct place maps_place(const struct maps *m, uint64_t address);

#endif
