// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The klock probe: waits for locks of the kernel's own, from where the slow path of a lock begins
 * to where it ends. Every wait is counted, by lock and by the process that waits, but for those
 * that are asked to be left out as too short; a coin chooses those that get stacks.
 *
 * The idle task's waits are nobody's, and are left out. A wait in an interrupt is charged to the
 * thread that was interrupted: nothing in the task tells, but its kernel stack does.
 */
#include "klock/wait.bpf.h"
#include "lib/config.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/sample.bpf.h"
#include "unwind/unwind.h"

/* NULL: one of our programs runs here already. */
static __always_inline struct klock_cpu *klock_enter(void)
{
	__u32 zero = 0;
	struct klock_cpu *cpu = bpf_map_lookup_elem(&klock_cpus, &zero);

	return cpu && !__sync_lock_test_and_set(&cpu->busy, 1) ? cpu : NULL;
}

static __always_inline void klock_leave(struct klock_cpu *cpu)
{
	__sync_lock_test_and_set(&cpu->busy, 0);
}

/* A mutex tells twice and more of one wait: first it spins, then it sleeps, and spins again. */
static __always_inline bool klock_goes_on(struct task_struct *task, __u64 lock)
{
	__u64 key = (__u64)task;
	struct klock_wait *wait = bpf_map_lookup_elem(&klock_sleepers, &key);

	return wait && wait->lock == lock;
}

/* The stacks of a wait that was chosen; false: it cannot be. */
static __always_inline bool klock_stacks(void *ctx, struct task_struct *task,
					 struct klock_wait *wait, struct hp_stats *stats)
{
	struct hp_walk *walk = hp_walk_take();

	if (!walk) {
		hp_count(stats->attempted);
		hp_count(stats->lost[HP_LOSS_NO_SLOT]);
		return false;
	}
	if (!hp_config.no_kernel)
		wait->kernel_stack = hp_stack_kernel(ctx, walk, stats);
	if (!hp_config.no_user)
		wait->user_stack = hp_stack_user_entry(task, walk, stats);
	hp_walk_give(walk);
	return true;
}

static __always_inline void klock_spin_begin(struct klock_cpu *cpu, struct task_struct *task,
					     struct klock_wait *wait, struct hp_stats *stats)
{
	__u32 depth = cpu->depth;
	struct klock_record *record;

	if (wait->weight) {
		wait->slot = klock_record_take();
		record = wait->slot ? klock_record_of(wait->slot - 1) : NULL;
		if (record) {
			klock_record_fill(&record->lock, task, wait, 0);
		} else {
			wait->weight = 0;
			hp_count(stats->attempted);
			hp_count(stats->lost[HP_LOSS_NO_SLOT]);
		}
	}
	wait->since = bpf_ktime_get_ns();
	hp_opaque(depth);
	if (depth < KLOCK_DEPTH) {
		cpu->open[depth] = *wait;
		cpu->depth = depth + 1;
	}
}

/*
 * No thread leaves its CPU while it spins: what another thread has left here has ended, and we were
 * not told; so has all of it when there is no more room.
 */
static __always_inline void klock_spin_clean(struct klock_cpu *cpu, struct task_struct *task,
					     struct hp_stats *stats)
{
	__u32 depth = cpu->depth;

	if (!depth || (depth < KLOCK_DEPTH && cpu->open[0].task == (__u64)task))
		return;
	for (__u32 i = 0; i < KLOCK_DEPTH; i++) {
		if (i >= depth)
			break;
		klock_record_drop(cpu->open[i].slot);
		hp_count(stats->locks_lost);
	}
	cpu->depth = 0;
}

static __always_inline void klock_sleep_begin(struct klock_wait *wait, struct hp_stats *stats)
{
	__u64 key = wait->task;

	wait->since = bpf_ktime_get_ns();
	if (bpf_map_update_elem(&klock_sleepers, &key, wait, BPF_ANY))
		hp_count(stats->locks_lost);
}

static __always_inline void klock_begin(void *ctx, struct klock_cpu *cpu, struct hp_stats *stats,
					__u64 lock, __u32 flags)
{
	struct task_struct *task = bpf_get_current_task_btf();
	bool spins = (flags & (LCB_F_SPIN | LCB_F_MUTEX)) == LCB_F_SPIN;
	struct hp_lock_key key = {.address = lock, .class = HP_LOCK_KERNEL};
	struct klock_wait *wait = &cpu->fresh;
	struct hp_lock_sum *sum;
	struct hp_coin *coin;
	__u32 zero = 0;

	if (!task->pid || !hp_filter_task(task) || (!spins && klock_goes_on(task, lock)))
		return;
	key.tgid = task->tgid;
	sum = klock_sum_find(&key, stats);
	coin = bpf_map_lookup_elem(&klock_coins, &zero);
	if (!sum || !coin)
		return;
	__builtin_memset(wait, 0, sizeof(*wait));
	wait->lock = lock;
	wait->address = key.address;
	wait->task = (__u64)task;
	wait->weight = hp_coin_toss_of(coin, &sum->last, &sum->cycle, bpf_ktime_get_ns());
	if (wait->weight) {
		klock_records_send(stats);
		if (!klock_stacks(ctx, task, wait, stats))
			wait->weight = 0;
	}
	if (spins) {
		klock_spin_clean(cpu, task, stats);
		klock_spin_begin(cpu, task, wait, stats);
	} else {
		klock_sleep_begin(wait, stats);
	}
}

SEC("tp_btf/contention_begin")
int BPF_PROG(hp_klock_begin, void *lock, unsigned int flags)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct hp_stats *stats = hp_stats_of(HP_KIND_LOCK);
	struct klock_cpu *cpu = stats ? klock_enter() : NULL;

	if (!cpu) {
		if (stats && task->pid && hp_filter_known(task))
			hp_count(stats->locks_lost);
		return 0;
	}
	klock_begin(ctx, cpu, stats, (__u64)lock, flags);
	klock_leave(cpu);
	return 0;
}

/* Adds to the lock's sums, which were made when the wait began. Takes no lock. */
static __always_inline void klock_sum(struct task_struct *task, const struct klock_wait *wait,
				      __u64 ns)
{
	struct hp_lock_key key = {
		.address = wait->address, .tgid = task->tgid, .class = HP_LOCK_KERNEL};
	struct hp_lock_sum *sum;

	if (ns < hp_config.min_wait_ns)
		return;
	sum = bpf_map_lookup_elem(&hp_locks, &key);
	if (sum)
		hp_lock_count(sum, ns);
}

/* Is it the end of a wait on this CPU's stack? Those above it have ended, and we were not told. */
static __always_inline bool klock_spin_end(struct klock_cpu *cpu, struct task_struct *task,
					   __u64 lock, struct hp_stats *stats, __u64 now)
{
	struct klock_record *record;
	struct klock_wait *wait;
	__u64 ns;

	for (__u32 i = KLOCK_DEPTH; i--;) {
		if (i >= cpu->depth)
			continue;
		wait = &cpu->open[i];
		if (wait->lock != lock || wait->task != (__u64)task)
			continue;
		ns = now - wait->since;
		klock_sum(task, wait, ns);
		record = wait->slot ? klock_record_of(wait->slot - 1) : NULL;
		if (record && ns >= hp_config.min_wait_ns) {
			hp_count(stats->attempted);
			hp_count(stats->delivered);
			record->lock.wait.sample.value = ns;
			record->state = KLOCK_DONE;
		} else if (record) {
			record->state = KLOCK_FREE;
		}
		cpu->depth = i;
		return true;
	}
	return false;
}

/* The lock may be held, but it is one that sleeps: none of the ring's or of a map's. */
static __always_inline void klock_sleep_end(struct task_struct *task, __u64 lock,
					    struct hp_stats *stats, __u64 now)
{
	__u64 key = (__u64)task, ns, slot;
	struct klock_wait *wait = bpf_map_lookup_elem(&klock_sleepers, &key);
	struct klock_record *record;

	if (!wait || wait->lock != lock)
		return;
	ns = now - wait->since;
	klock_sum(task, wait, ns);
	if (wait->weight && ns >= hp_config.min_wait_ns) {
		hp_count(stats->attempted);
		slot = klock_record_take();
		record = slot ? klock_record_of(slot - 1) : NULL;
		if (record) {
			klock_record_fill(&record->lock, task, wait, ns);
			hp_sample_put(&record->lock, sizeof(record->lock), stats);
			record->state = KLOCK_FREE;
		} else {
			hp_count(stats->lost[HP_LOSS_NO_SLOT]);
		}
	}
	bpf_map_delete_elem(&klock_sleepers, &key);
}

SEC("tp_btf/contention_end")
int BPF_PROG(hp_klock_end, void *lock)
{
	__u64 now = bpf_ktime_get_ns();
	struct task_struct *task = bpf_get_current_task_btf();
	struct hp_stats *stats = hp_stats_of(HP_KIND_LOCK);
	struct klock_cpu *cpu = stats && task->pid ? klock_enter() : NULL;

	if (!cpu) /* the program that runs has refused its beginning, which is counted */
		return 0;
	if (!klock_spin_end(cpu, task, (__u64)lock, stats, now))
		klock_sleep_end(task, (__u64)lock, stats, now);
	klock_leave(cpu);
	return 0;
}

volatile __u64 hp_klock_until; /* the end of the recording, ns of CLOCK_MONOTONIC */

/*
 * After the end, and the others are detached: what sleeps for a lock has waited until then. (What
 * spins has so for no time that counts.)
 */
SEC("iter/task")
int hp_klock_open(struct bpf_iter__task *ctx)
{
	struct hp_stats *stats = hp_stats_of(HP_KIND_LOCK);
	struct task_struct *task = ctx->task;
	__u64 key = (__u64)task;
	struct klock_wait *wait;

	if (!task || !stats)
		return 0;
	wait = bpf_map_lookup_elem(&klock_sleepers, &key);
	if (!wait || wait->since > hp_klock_until)
		return 0;
	klock_records_send(stats);
	klock_sleep_end(task, wait->lock, stats, hp_klock_until);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
