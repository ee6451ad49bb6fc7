/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HP_KLOCK_WAIT_BPF_H
#define HP_KLOCK_WAIT_BPF_H
/*
 * Waits for kernel locks that have begun and not ended. Those that sleep are kept by thread. Those
 * that spin are kept by CPU, as a small stack: a thread that spins for one lock may do so inside
 * the slow path of another, and an interrupt may come and spin for a third.
 *
 * When a spinning wait is over the lock is held, and it may be the very one that guards the ring
 * buffer or a map of ours: to write there then would wait for oneself, for ever. So all that needs
 * a lock is done when a wait begins, when that lock is not taken yet: stacks are sent and the
 * record is made. At the end it only gets its time, and is sent by the CPU's next chosen wait, or
 * by the reader at the end of the recording.
 */
#include "lib/locks.bpf.h"
#include "sched/coin.bpf.h"

struct klock_wait {
	__u64 lock;
	__u64 address; /* in its key in hp_locks */
	__u64 task;    /* struct task_struct *, as a number */
	__u64 since;
	__u64 weight; /* 0: not chosen */
	__u64 slot;   /* 1 more than that of its record; 0: none */
	__u64 user_stack, kernel_stack;
};

#define KLOCK_DEPTH   8 /* two each for a thread, a softirq, an interrupt and an NMI */
#define KLOCK_WAITERS 8192

struct klock_cpu {
	__u32 busy; /* one of our programs runs: what it contends for itself is not for us */
	__u32 depth;
	struct klock_wait fresh; /* in the making: the BPF stack has no room for it (6.1) */
	struct klock_wait open[KLOCK_DEPTH];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct klock_cpu);
} klock_cpus SEC(".maps");

/* By thread, a struct task_struct * as a number. Allocated before: see locks.bpf.h. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, KLOCK_WAITERS);
	__type(key, __u64);
	__type(value, struct klock_wait);
} klock_sleepers SEC(".maps");

enum klock_state { KLOCK_FREE, KLOCK_OPEN, KLOCK_DONE };

/* The reader knows this layout: user/probes/klock.c. */
struct klock_record {
	__u64 state; /* enum klock_state */
	struct hp_lock_wait lock;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, KLOCK_DEPTH);
	__type(key, __u32);
	__type(value, struct klock_record);
} klock_records SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct hp_coin);
} klock_coins SEC(".maps");

/* Locks that have been given a place in hp_locks. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} klock_known SEC(".maps");

/*
 * The sums of a lock; its key is changed when there are too many: every process that comes and goes
 * brings locks of its own, and there has to be room for those of futexes.
 */
static __always_inline struct hp_lock_sum *klock_sum_find(struct hp_lock_key *key,
							  struct hp_stats *stats)
{
	struct hp_lock_sum *sum = bpf_map_lookup_elem(&hp_locks, key);
	__u32 zero = 0, *known;

	if (sum)
		return sum;
	known = bpf_map_lookup_elem(&klock_known, &zero);
	if (!known)
		return NULL;
	if (*known >= HP_LOCKS_KERNEL_MAX)
		key->address = 0;
	else
		__sync_fetch_and_add(known, 1);
	return hp_lock_find(key, stats);
}

static __always_inline struct klock_record *klock_record_of(__u32 slot)
{
	return bpf_map_lookup_elem(&klock_records, &slot);
}

static __always_inline bool klock_record_move(struct klock_record *record, __u64 from, __u64 to)
{
	return __sync_val_compare_and_swap(&record->state, from, to) == from;
}

/* 1 more than the number of a slot that is the caller's now; 0: all are taken. */
static __always_inline __u64 klock_record_take(void)
{
	for (__u32 slot = 0; slot < KLOCK_DEPTH; slot++) {
		struct klock_record *record = klock_record_of(slot);

		if (record && klock_record_move(record, KLOCK_FREE, KLOCK_OPEN))
			return slot + 1;
	}
	return 0;
}

static __always_inline void klock_record_drop(__u64 slot)
{
	struct klock_record *record = slot ? klock_record_of(slot - 1) : NULL;

	if (record)
		record->state = KLOCK_FREE;
}

/* Sends what this CPU's spinning waits have left. They count as delivered already. */
static __always_inline void klock_records_send(struct hp_stats *stats)
{
	for (__u32 slot = 0; slot < KLOCK_DEPTH; slot++) {
		struct klock_record *record = klock_record_of(slot);

		if (!record || !klock_record_move(record, KLOCK_DONE, KLOCK_OPEN))
			continue;
		if (hp_ring_write(&record->lock, sizeof(record->lock),
				  hp_ring_flags(hp_config.ring_wake))) {
			hp_count(stats->lost[HP_LOSS_RING_FULL]);
			__sync_fetch_and_add(&stats->delivered, -1);
		}
		record->state = KLOCK_FREE;
	}
}

static __always_inline void klock_record_fill(struct hp_lock_wait *lock, struct task_struct *task,
					      const struct klock_wait *wait, __u64 ns)
{
	__builtin_memset(lock, 0, sizeof(*lock));
	hp_sample_fill(&lock->wait.sample, task, HP_KIND_LOCK, wait->user_stack, wait->kernel_stack,
		       ns);
	lock->wait.sample.type = HP_EVENT_LOCK;
	lock->wait.reason = HP_REASON_LOCK;
	lock->wait.weight = wait->weight > 0xffffffffull ? 0xffffffffu : wait->weight;
	lock->address = wait->address;
	lock->class = lock->call_class = HP_LOCK_KERNEL;
}

#endif
