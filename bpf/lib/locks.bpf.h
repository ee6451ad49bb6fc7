/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HP_LOCKS_BPF_H
#define HP_LOCKS_BPF_H
/*
 * The exact sums of every lock that was waited for, whoever saw the wait: the scheduler's side of a
 * futex, or the kernel's own lock. Allocated before: it is written under run queues' and other
 * locks, where nothing may be allocated.
 */
#include "lib/sample.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, HP_LOCKS_MAX);
	__type(key, struct hp_lock_key);
	__type(value, struct hp_lock_sum);
} hp_locks SEC(".maps") __weak;

/* Not inline: its stack is not the caller's, who has little left (6.1). */
static __noinline void hp_lock_new(const struct hp_lock_key *key)
{
	struct hp_lock_sum none = {};

	if (key)
		bpf_map_update_elem(&hp_locks, key, &none, BPF_NOEXIST);
}

/* The lock's sums, new ones if it has none; NULL: there was no room, which is counted. */
static __always_inline struct hp_lock_sum *hp_lock_find(const struct hp_lock_key *key,
							struct hp_stats *stats)
{
	struct hp_lock_sum *sum = bpf_map_lookup_elem(&hp_locks, key);

	if (sum)
		return sum;
	hp_lock_new(key);
	sum = bpf_map_lookup_elem(&hp_locks, key); /* also when another CPU was first */
	if (!sum)
		hp_count(stats->locks_lost);
	return sum;
}

#define HP_LONGEST_TRIES 8 /* that many CPUs would have to be first, each with a longer wait */

/* A wait of `ns` is over. Takes no lock: the caller may hold the one that guards the map. */
static __always_inline void hp_lock_count(struct hp_lock_sum *sum, __u64 ns)
{
	__u64 longest = sum->longest;

	hp_count(sum->contentions);
	__sync_fetch_and_add(&sum->ns, ns);
	for (int i = 0; i < HP_LONGEST_TRIES && ns > longest; i++) {
		__u64 found = __sync_val_compare_and_swap(&sum->longest, longest, ns);

		if (found == longest)
			break;
		longest = found;
	}
}

#endif
