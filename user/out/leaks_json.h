/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_OUT_LEAKS_JSON_H
#define HOSTPROF_OUT_LEAKS_JSON_H
/* Which stacks keep more and more memory, as leaks.json. */
#include <stdio.h>

#define LEAKS_FILE     "leaks.json"
#define LEAKS_MOST     200 /* stacks written */
#define LEAKS_MAX_FILE (64u << 20)

struct leaks;

int leaks_json_write(const struct leaks *leaks, FILE *to); /* 0 or -errno */
/* The same file as text for people: `rows` stacks at most, 0: all. 0; -EBADMSG: not such a file. */
int leaks_json_print(const char *text, size_t size, size_t rows, FILE *to);

#endif
