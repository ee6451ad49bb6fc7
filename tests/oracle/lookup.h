/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ORACLE_LOOKUP_H
#define ORACLE_LOOKUP_H
/*
 * The kernel side's lookup, compiled for the host: an arena whose chunks have the kernel's sizes,
 * each in an allocation of its own, so that a sanitizer sees a read outside.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "hostprof/unwind.h"
#include "unwind/tables.h"
#include "util/mem.h"

#define LOOKUP_CHUNKS (ENCODE_MAX_BLOB / HP_ARENA_CHUNK + 2)
#define LOOKUP_PLACE  (7 * HP_ARENA_ALIGN) /* of a blob that fits in a chunk */

static char *lookup_chunks[LOOKUP_CHUNKS];

static inline const char *hp_arena_chunk(__u32 chunk)
{
	return chunk < LOOKUP_CHUNKS ? lookup_chunks[chunk] : NULL;
}

#include "../../bpf/unwind/table.bpf.h"

static inline void lookup_done(void)
{
	for (size_t i = 0; i < LOOKUP_CHUNKS; i++) {
		free(lookup_chunks[i]);
		lookup_chunks[i] = NULL;
	}
}

/* Puts a blob where the rules of hostprof/unwind.h allow it. */
static inline struct hp_unwind_table lookup_place(const struct unwind_blob *blob)
{
	struct hp_unwind_table table = blob->table;
	size_t done = 0, size = blob->bytes.len;
	uint32_t at;

	lookup_done();
	table.at = size + LOOKUP_PLACE <= HP_ARENA_CHUNK ? LOOKUP_PLACE : HP_ARENA_CHUNK;
	for (at = table.at; done < size; at = (at / HP_ARENA_CHUNK + 1) * HP_ARENA_CHUNK) {
		size_t from = at % HP_ARENA_CHUNK, n = HP_ARENA_CHUNK - from;
		char *chunk = mem_zalloc(HP_ARENA_CHUNK + HP_ARENA_GUARD);

		if (n > size - done)
			n = size - done;
		memcpy(chunk + from, blob->bytes.data + done, n);
		lookup_chunks[at / HP_ARENA_CHUNK] = chunk;
		done += n;
	}
	return table;
}

static inline union hp_unwind_rule lookup_rule(const struct hp_unwind_table *table, uint64_t offset)
{
	return (union hp_unwind_rule){.word = hp_table_find(table, offset)};
}

#endif
