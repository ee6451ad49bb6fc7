/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HP_UNWIND_TABLE_BPF_H
#define HP_UNWIND_TABLE_BPF_H
/*
 * Finds the unwind rule of a code address in a table (hostprof/unwind.h has the layout). Three
 * loads from the arena: index word, block, rule; no table content can make it read outside the
 * arena or loop for longer than a full block.
 *
 * Compiled for the kernel it reads the arena's maps. Whoever compiles it for the host defines
 * hp_arena_chunk() over memory of its own before the include.
 */
#include "hostprof/unwind.h"

#ifndef hp_opaque
#define hp_opaque(value) asm volatile("" : "+r"(value))
#endif

#define HP_TABLE_LANES 0x00ff00ff00ff00ffull
#define HP_TABLE_ONES  0x0001000100010001ull

#ifdef __bpf__
struct hp_arena_inner {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, HP_ARENA_CHUNK + HP_ARENA_GUARD);
};

/* Chunks are made by the reader as tables need them, and written through a shared mapping. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, HP_ARENA_CHUNKS);
	__type(key, __u32);
	__array(values, struct hp_arena_inner);
} hp_arena SEC(".maps") __weak;

static __always_inline const char *hp_arena_chunk(__u32 chunk)
{
	__u32 zero = 0;
	void *inner = bpf_map_lookup_elem(&hp_arena, &chunk);

	return inner ? bpf_map_lookup_elem(inner, &zero) : NULL;
}

/* x86-64 and arm64 load words from any address, and the verifier knows. */
#define hp_arena_load(type, from) (*(const type *)(from))
#else
#define hp_arena_load(type, from)                                                                  \
	({                                                                                         \
		type hp_loaded;                                                                    \
		__builtin_memcpy(&hp_loaded, (from), sizeof(hp_loaded));                           \
		hp_loaded;                                                                         \
	})
#endif

/* Memory at a place in the arena, HP_ARENA_GUARD bytes of it at least; NULL: no such chunk. */
static __always_inline const char *hp_arena_at(__u32 place)
{
	const char *chunk = hp_arena_chunk(place >> HP_ARENA_SHIFT);
	__u32 at = place;

	if (!chunk)
		return (void *)0;
	hp_opaque(at);
	return chunk + (at & (HP_ARENA_CHUNK - 1));
}

/* How many of 8 bytes are at most x: each in a lane of 16 bits, where subtracting cannot borrow. */
static __always_inline __u32 hp_table_count(__u64 bytes, __u32 x)
{
	__u64 reach = (x | 0x100) * HP_TABLE_ONES;
	__u64 even = (reach - (bytes & HP_TABLE_LANES)) >> 8 & HP_TABLE_ONES;
	__u64 odd = (reach - (bytes >> 8 & HP_TABLE_LANES)) >> 8 & HP_TABLE_ONES;

	return (even + odd) * HP_TABLE_ONES >> 48;
}

/* The id of the rule for byte x of the page that a block describes. */
static __always_inline __u32 hp_table_search(const char *block, __u32 x, bool wide)
{
	__u32 starts = hp_arena_load(__u8, block), rule = 0;

	for (__u32 i = 0; i < HP_UNWIND_PAGE; i += 8) {
		__u64 bytes;

		if (i >= starts)
			break;
		bytes = hp_arena_load(__u64, block + 1 + i);
		if (starts - i < 8) /* what is behind the starts must not count */
			bytes |= ~0ull << 8 * (starts - i);
		rule += hp_table_count(bytes, x);
	}
	/* Read again, since the verifier has split by its value: 32 ways to check the rest. */
	hp_opaque(block);
	starts = hp_arena_load(__u8, block);
	/* Only for x 255 has what is behind counted, and then all starts do. */
	if (rule > starts)
		rule = starts;
	hp_opaque(rule);
	rule &= 0xff;
	block += 1 + starts;
	return wide ? hp_arena_load(__u16, block + 2 * rule) : hp_arena_load(__u8, block + rule);
}

/* The rule for the code at `offset` of the table's file: a union hp_unwind_rule's word. */
static __always_inline __u64 hp_table_find(const struct hp_unwind_table *table, __u64 offset)
{
	__u64 page = (offset >> HP_UNWIND_PAGE_SHIFT) - table->first;
	const char *at;
	__u32 word, id;

	if (page >= table->pages)
		return HP_UNWIND_NONE;
	at = hp_arena_at(table->at + (__u32)page * sizeof(word));
	if (!at)
		return HP_UNWIND_NONE;
	word = hp_arena_load(__u32, at);
	if (word & HP_UNWIND_ONE_RULE) {
		id = word & HP_UNWIND_MAX_ID;
	} else {
		at = hp_arena_at(table->at + (word & HP_UNWIND_PLACE));
		if (!at)
			return HP_UNWIND_NONE;
		id = hp_table_search(at, offset & (HP_UNWIND_PAGE - 1), word & HP_UNWIND_WIDE);
	}
	at = hp_arena_at(table->at + table->palette + id * sizeof(union hp_unwind_rule));
	if (!at)
		return HP_UNWIND_NONE;
	return hp_arena_load(__u64, at);
}

#endif
