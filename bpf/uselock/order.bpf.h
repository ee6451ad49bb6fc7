/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HP_ORDER_BPF_H
#define HP_ORDER_BPF_H
/*
 * In which order threads take locks: for each lock that a thread has when it asks for another, the
 * pair of them. It is noted before the thread waits: of a deadlock that has come, both orders are
 * there. A pair that is always seen under one and the same third lock remembers that: threads that
 * must have the third cannot wait for each other with the two.
 */
#include "uselock/book.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct hp_uselock_pair_key);
	__type(value, struct hp_uselock_pair);
} book_pairs SEC(".maps");

/* The first of the thread's locks that is neither of the two and nobody else's; 0: there is none.
 * (One that others can hold too keeps nobody out.) */
static __always_inline __u64 order_gate(struct book_thread *t, __u64 first, __u64 second)
{
	for (__u32 i = 0; i < BOOK_HELD; i++) {
		if (i >= t->n)
			break;
		if (t->held[i].address != first && t->held[i].address != second &&
		    !t->held[i].shared)
			return t->held[i].address;
	}
	return 0;
}

/* The current thread has done it. */
static __always_inline void order_thread(struct hp_uselock_pair *pair)
{
	__u32 tid = (__u32)bpf_get_current_pid_tgid(), found;

	for (__u32 i = 0; i < HP_USELOCK_RING; i++) {
		found = pair->tids[i];
		if (!found)
			found = __sync_val_compare_and_swap(&pair->tids[i], 0, tid);
		if (!found || found == tid)
			return;
	}
}

static __always_inline void order_once_more(struct hp_uselock_pair *pair, __u64 gate)
{
	hp_count(pair->times);
	order_thread(pair);
	if (pair->gate != gate)
		pair->gate = 0;
}

static __noinline void order_pair(struct pt_regs *ctx, struct book_thread *t, __u64 to)
{
	struct hp_uselock_pair *pair = bpf_map_lookup_elem(&book_pairs, &t->pair_key);
	__u64 gate = order_gate(t, t->pair_key.first, t->pair_key.second.address);

	if (pair) {
		order_once_more(pair, gate);
		return;
	}
	__builtin_memset(&t->blank.pair, 0, sizeof(t->blank.pair));
	t->blank.pair.times = 1;
	t->blank.pair.tids[0] = (__u32)bpf_get_current_pid_tgid();
	t->blank.pair.gate = gate;
	t->blank.pair.stack = book_walk(ctx, to, 0);
	if (!bpf_map_update_elem(&book_pairs, &t->pair_key, &t->blank.pair, BPF_NOEXIST))
		return;
	pair = bpf_map_lookup_elem(&book_pairs, &t->pair_key);
	if (pair) /* another thread was first */
		order_once_more(pair, gate);
	else
		book_lose(pairs);
}

/* At the entry of a function that may wait for the lock of t->key. */
static __noinline void order_note(struct pt_regs *ctx, struct book_thread *t, __u64 to,
				  __u32 shared)
{
	t->pair_key.second = t->key.place.lock;
	for (__u32 i = 0; i < BOOK_HELD; i++) {
		if (i >= t->n)
			break;
		if (t->held[i].address == t->pair_key.second.address)
			continue;
		t->pair_key.first = t->held[i].address;
		t->pair_key.shared = (t->held[i].shared ? 1 : 0) | (shared ? 2 : 0);
		order_pair(ctx, t, to);
	}
}

#endif
