/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_TESTS_GOLDEN_PARTS_H
#define HOSTPROF_TESTS_GOLDEN_PARTS_H
/*
 * What the makers of recordings that never happened share: stacks in words, and files in a folder.
 * A stack is its functions, leaf first, with spaces between; "_" in front is the kernel's, all
 * others are in /usr/bin/app.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/profile.h"
#include "util/mem.h"

#define PARTS_MAX_FRAMES 32

static inline uint32_t parts_frame(struct profile *p, const char *name)
{
	struct profile_mapping m = {.start = 0x1000, .limit = UINT64_MAX, .has_functions = true};
	bool kernel = *name == '_';
	struct profile_function f = {.name = profile_string(p, name + kernel)};
	struct profile_line line;
	uint32_t location;

	m.file = profile_string(p, kernel ? "[kernel.kallsyms]" : "/usr/bin/app");
	location = profile_add_location(p, profile_add_mapping(p, &m),
					hash_bytes(name, strlen(name), 0) >> 8);
	f.system_name = f.name;
	line = (struct profile_line){profile_add_function(p, &f), 1};
	profile_set_lines(p, location, &line, 1);
	return location;
}

static inline uint32_t parts_stack(struct profile *p, const char *stack)
{
	char *copy = mem_strdup(stack), *save = NULL;
	uint32_t locations[PARTS_MAX_FRAMES], n = 0, id;

	for (char *s = strtok_r(copy, " ", &save); s && n < PARTS_MAX_FRAMES;
	     s = strtok_r(NULL, " ", &save))
		locations[n++] = parts_frame(p, s);
	id = profile_add_stack(p, locations, n);
	free(copy);
	return id;
}

static inline struct profile_label parts_label(struct profile *p, const char *key,
					       const char *value)
{
	return (struct profile_label){.key = profile_string(p, key),
				      .str = profile_string(p, value)};
}

static inline struct profile_label parts_pid(struct profile *p, int64_t pid)
{
	return (struct profile_label){.key = profile_string(p, "pid"), .num = pid};
}

static inline FILE *parts_open(const char *folder, const char *name)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return fopen(path, "w");
}

#endif
