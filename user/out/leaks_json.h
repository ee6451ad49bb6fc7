/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_OUT_LEAKS_JSON_H
#define HOSTPROF_OUT_LEAKS_JSON_H
/* Which stacks keep more and more memory, as leaks.json. */
#include <jansson.h>
#include <stdio.h>

#define LEAKS_FILE     "leaks.json"
#define LEAKS_MOST     200 /* stacks written */
#define LEAKS_MAX_FILE (64u << 20)

struct leaks;

json_t *leaks_json(const struct leaks *leaks);
int leaks_json_write(const struct leaks *leaks, FILE *to); /* 0 or -errno */
/* The same file as text for people: `rows` stacks at most, 0: all. 0; -EBADMSG: not such a file. */
int leaks_json_print(const char *text, size_t size, size_t rows, FILE *to);
/* What the file says, in its order; without what is not in it. 0; -EBADMSG. */
int leaks_json_read(const char *text, size_t size, struct leaks **ret_leaks);

#endif
