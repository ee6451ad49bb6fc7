/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_SYM_TWINS_H
#define HOSTPROF_SYM_TWINS_H
/*
 * The symbols of binaries: read once of those that have the same content, like a library that ten
 * containers have ten files of. A build id does not say that they do: who has forged one would
 * name other people's functions. What counts are the bytes that the symbols were read from, of the
 * binary and of its debug file: see elf/trace.h.
 *
 * The tables themselves are in a cache, which may drop them. One thread.
 */
#include <stdint.h>
#include "sym/sources.h"

struct cache;

struct twin { /* whose symbols were read */
	uint32_t binary;
	struct sources_trace trace;
};

struct twins {
	struct cache *cache;   /* borrowed */
	struct digest_key key; /* without one nobody has a twin */
	int key_err;
	VEC(struct twin) list;
	VEC(uint32_t) of;      /* by binary: whose symbols it has, or BINARY_NONE */
	uint64_t read, shared; /* binaries whose symbols were read; that have another's */
};

void twins_init(struct twins *t, struct cache *cache);
void twins_done(struct twins *t);

/*
 * The functions of a binary, called by a number of the caller's. Valid until the cache is given
 * something else. *ret_err: -errno of reading; an empty table is kept then, and not tried again.
 */
const struct symtab *twins_symbols(struct twins *t, uint32_t binary, const struct sources *sources,
				   int *ret_err);

#endif
