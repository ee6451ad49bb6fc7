/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_OUT_ARENA_H
#define HOSTPROF_OUT_ARENA_H
/*
 * Memory for decoding one protobuf message: freed all at once, and refused beyond a limit, since a
 * few bytes of hostile input can ask for fifty times as much.
 */
#include <protobuf-c/protobuf-c.h>
#include "util/vec.h"

struct arena {
	ProtobufCAllocator allocator; /* give this to protobuf-c */
	VEC(void *) blocks;
	char *at;
	size_t left, used, limit;
};

void arena_init(struct arena *a, size_t limit);
void arena_done(struct arena *a);
/* Has something been refused? */
#define arena_full(a) ((a)->used > (a)->limit)

#endif
