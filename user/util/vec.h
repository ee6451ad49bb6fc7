/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_UTIL_VEC_H
#define HOSTPROF_UTIL_VEC_H
/*
 * A growing array of one type: `VEC(struct foo) foos;`, zero-initialised is empty. Elements move
 * when it grows, so keep indexes, not pointers. The owner calls vec_done().
 */
#include <stddef.h>
#include <stdlib.h>
#include "util/mem.h"

#define VEC(type)                                                                                  \
	struct {                                                                                   \
		type *at;                                                                          \
		size_t n, cap;                                                                     \
	}

#define vec_reserve(v, want)                                                                       \
	do {                                                                                       \
		if ((v)->cap < (size_t)(want)) {                                                   \
			size_t vec_cap = (v)->cap ? (v)->cap * 2 : 8;                              \
			if (vec_cap < (size_t)(want))                                              \
				vec_cap = (want);                                                  \
			(v)->at = mem_grow((v)->at, vec_cap, sizeof(*(v)->at));                    \
			(v)->cap = vec_cap;                                                        \
		}                                                                                  \
	} while (0)

#define vec_push(v, item)                                                                          \
	do {                                                                                       \
		vec_reserve(v, (v)->n + 1);                                                        \
		(v)->at[(v)->n++] = (item);                                                        \
	} while (0)

/* Appends n elements from src (which must not point into the vector). */
#define vec_append(v, src, count)                                                                  \
	do {                                                                                       \
		vec_reserve(v, (v)->n + (count));                                                  \
		if (count)                                                                         \
			__builtin_memcpy((v)->at + (v)->n, (src), (count) * sizeof(*(v)->at));     \
		(v)->n += (count);                                                                 \
	} while (0)

#define vec_each(it, v) for (it = (v)->at; it && it < (v)->at + (v)->n; it++)

#define vec_done(v)                                                                                \
	do {                                                                                       \
		free((v)->at);                                                                     \
		(v)->at = NULL;                                                                    \
		(v)->n = (v)->cap = 0;                                                             \
	} while (0)

#endif
