/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_UTIL_INTERN_H
#define HOSTPROF_UTIL_INTERN_H
/*
 * Strings by number: equal strings get equal ids. Id 0 is the empty string, in every interner, as
 * in a pprof string table. Zero-initialised is ready for use. Returned pointers live as long as
 * the interner.
 */
#include <stddef.h>
#include <stdint.h>
#include "util/hash.h"
#include "util/vec.h"

struct intern {
	VEC(char *) strings; /* each its own allocation, so pointers stay */
	VEC(uint32_t) lengths;
	struct hash_index index;
};

uint32_t intern_add(struct intern *it, const char *s);
uint32_t intern_addn(struct intern *it, const char *s, size_t n); /* cut at a NUL inside */
const char *intern_str(const struct intern *it, uint32_t id);	  /* "" for an unknown id */
uint32_t intern_find(const struct intern *it, const char *s);	  /* HASH_NONE if absent */
uint32_t intern_count(const struct intern *it); /* ids are below this; at least 1 */
void intern_done(struct intern *it);

#endif
