/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_SYM_CACHE_H
#define HOSTPROF_SYM_CACHE_H
/*
 * Symbol tables that were read, by a text that says whose they are (sym/twins.h for binaries), so
 * that the same library in five profiles of one recording is read once. The least
 * recently used go when all together are larger than the limit; the one just asked for stays.
 */
#include "elf/symtab.h"
#include "util/vec.h"

#define CACHE_MAX_BYTES (32u << 20)

struct cache_entry {
	char *key;
	struct symtab *symbols; /* its own allocation: the entries move */
	uint64_t used;		/* when, by `clock` */
};

struct cache {
	VEC(struct cache_entry) entries;
	size_t bytes, limit;
	uint64_t clock;
};

void cache_init(struct cache *c, size_t limit);
void cache_done(struct cache *c);

/* NULL when it is not there. Valid until the next cache_put(). */
const struct symtab *cache_find(struct cache *c, const char *key);
/* Takes *symbols over. */
const struct symtab *cache_put(struct cache *c, const char *key, struct symtab *symbols);

#endif
