/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_SYM_JITNAMES_H
#define HOSTPROF_SYM_JITNAMES_H
/*
 * Names for the code of one process that is in no file: by its dump where that knows the address,
 * else by its perf map.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct cache;
struct jitmaps;
struct place;
struct profile;

struct jitnames {
	struct jitmaps *maps;
	struct cache *cache; /* of the perf maps that were read */
	pid_t tgid;
	uint64_t start;	   /* of the process */
	uint64_t until_ns; /* when the recording ended (CLOCK_MONOTONIC) */
	bool no_lines;
	bool no_time; /* what was read before is all that can be had */
};

struct jitnames_result {
	size_t named; /* places */
	bool has_lines;
	int err; /* the dump could not be read, or not all of it: as jitdump_read() */
};

/* The places rise in address. */
void jitnames_run(const struct jitnames *names, struct profile *p, const struct place *places,
		  size_t n, struct jitnames_result *ret);

#endif
