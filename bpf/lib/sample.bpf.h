/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HP_SAMPLE_BPF_H
#define HP_SAMPLE_BPF_H
/*
 * From registers to records: walk a stack, send it if it is new, send the sample that names it.
 * Every way out is counted in hp_stats.
 */
#include "lib/cgroup.bpf.h"
#include "lib/config.bpf.h"
#include "lib/ring.bpf.h"
#include "unwind/unwind.h"
#include "unwind/uretprobe.bpf.h"

static __always_inline struct hp_stats *hp_stats_of(__u32 kind)
{
	return bpf_map_lookup_elem(&hp_stats, &kind);
}

static __always_inline struct hp_walk *hp_walk_of(__u32 slot)
{
	return bpf_map_lookup_elem(&hp_walks, &slot);
}

/* Counts where another task may count the same on this CPU meanwhile. */
#define hp_count(counter) ((void)__sync_fetch_and_add(&(counter), 1))

/* A slot of the pool, until hp_walk_give(). NULL: all of this CPU are taken, by preempted tasks. */
static __always_inline struct hp_walk *hp_walk_take(void)
{
	for (__u32 slot = HP_SLOT_POOL; slot < HP_SLOTS; slot++) {
		struct hp_walk *walk = hp_walk_of(slot);

		if (walk && !__sync_val_compare_and_swap(&walk->busy, 0, 1)) {
			walk->returned = 0;
			return walk;
		}
	}
	return NULL;
}

static __always_inline void hp_walk_give(struct hp_walk *walk)
{
	__sync_lock_test_and_set(&walk->busy, 0);
}

/* Sends walk->stack unless its id was sent before. 0, or negative when the ring refused it. */
static __always_inline long hp_stack_send(struct hp_walk *walk)
{
	__u64 id = walk->stack.id, size = walk->stack.n;
	__u8 one = 1;
	long err;

	if (bpf_map_lookup_elem(&hp_seen, &id))
		return 0;
	/* May fail (full, or a nested update in NMI): then the stack is just sent again. */
	bpf_map_update_elem(&hp_seen, &id, &one, BPF_ANY);
	hp_opaque(size);
	if (size > HP_MAX_FRAMES)
		size = HP_MAX_FRAMES;
	size = __builtin_offsetof(struct hp_stack, frames) + size * sizeof(__u64);
	err = hp_ring_write(&walk->stack, size, hp_ring_flags(hp_config.ring_wake));
	if (err)
		bpf_map_delete_elem(&hp_seen, &id);
	return err;
}

/* Hashes, sends and counts the stack in `walk`; its id, or 0 when it is empty or lost. */
static __always_inline __u64 hp_stack_finish(struct hp_walk *walk, struct hp_stats *stats,
					     __u32 status, __u32 kernel)
{
	walk->stack.type = HP_EVENT_STACK;
	walk->stack.status = status;
	walk->stack.kernel = kernel;
	if (walk->stack.n) {
		walk->stack.id = hp_config.stack_seed;
		hp_hash_stack(walk);
		if (hp_stack_send(walk))
			status = HP_STACK_LOST;
	}
	hp_opaque(status);
	if (status < HP_STACK_STATUSES)
		hp_count(stats->stacks[status]);
	return walk->stack.n && status != HP_STACK_LOST ? walk->stack.id : 0;
}

static __always_inline __u64 hp_stack_kernel_done(struct hp_walk *walk, struct hp_stats *stats,
						  long size)
{
	__u32 n = size > 0 ? size / sizeof(__u64) : 0, status = HP_STACK_COMPLETE;

	if (size < 0)
		status = HP_STACK_KERNEL_FAILED;
	if (n >= hp_config.max_depth) {
		/* The kernel has no more than 127 for us: a stack of just that depth counts as cut.
		 */
		n = hp_config.max_depth;
		status = HP_STACK_TOO_DEEP;
	}
	walk->stack.n = n;
	return hp_stack_finish(walk, stats, status, 1);
}

/* Of the current task. */
static __always_inline __u64 hp_stack_kernel(void *ctx, struct hp_walk *walk,
					     struct hp_stats *stats)
{
	long size = bpf_get_stack(ctx, walk->stack.frames, HP_MAX_FRAMES * sizeof(__u64), 0);

	return hp_stack_kernel_done(walk, stats, size);
}

/* Of any task that is not on a CPU. */
static __always_inline __u64 hp_stack_kernel_of(struct task_struct *task, struct hp_walk *walk,
						struct hp_stats *stats)
{
	long size = bpf_get_task_stack(task, walk->stack.frames, HP_MAX_FRAMES * sizeof(__u64), 0);

	return hp_stack_kernel_done(walk, stats, size);
}

/* The walk's registers must have been filled (HP_WALK_REGS). */
static __always_inline __u64 hp_stack_user(struct task_struct *task, struct hp_walk *walk,
					   struct hp_stats *stats)
{
	walk->mm = (__u64)task->mm;
	walk->max_depth = hp_config.max_depth;
	walk->tgid = task->tgid;
	walk->start = task->group_leader->start_boottime;
	hp_uretprobe_begin(walk, task);
	hp_unwind_user(walk);
	/* The new program's memory, and the old one's registers. */
	if (walk->status == HP_STACK_NOT_CODE && BPF_CORE_READ_BITFIELD(task, in_execve))
		walk->status = HP_STACK_IN_EXEC;
	else if (walk->status != HP_STACK_COMPLETE && !(task->mm->task_size >> 32))
		walk->status = HP_STACK_NARROW;
	return hp_stack_finish(walk, stats, walk->status, 0);
}

/* Has the current task no user stack to walk? Counted, unless it never had one. */
static __always_inline bool hp_stack_none(struct task_struct *task, struct hp_stats *stats)
{
	if (task->flags & PF_KTHREAD)
		return true;
	if (!task->mm) {
		hp_count(stats->stacks[HP_STACK_NO_MEMORY]);
		return true;
	}
	if (task->flags & (PF_IO_WORKER | PF_USER_WORKER)) {
		hp_count(stats->stacks[HP_STACK_NO_REGS]);
		return true;
	}
	return false;
}

/* The current task's user stack, from where it entered the kernel.
 * bpf_task_pt_regs: 5.15 (dd6e10fbd9fb). */
static __always_inline __u64 hp_stack_user_entry(struct task_struct *task, struct hp_walk *walk,
						 struct hp_stats *stats)
{
	struct pt_regs *regs;

	if (hp_stack_none(task, stats))
		return 0;
	regs = (struct pt_regs *)bpf_task_pt_regs(task);
	HP_WALK_REGS(walk, regs);
	return hp_stack_user(task, walk, stats);
}

static __always_inline void hp_sample_fill(struct hp_sample *sample, struct task_struct *task,
					   __u32 kind, __u64 user, __u64 kernel, __u64 value)
{
	sample->type = HP_EVENT_SAMPLE;
	sample->kind = kind;
	sample->cgroup = hp_cgroup_number(task);
	sample->tgid = task->tgid;
	sample->tid = task->pid;
	sample->start = task->group_leader->start_boottime;
	sample->user_stack = user;
	sample->kernel_stack = kernel;
	sample->value = value;
	bpf_probe_read_kernel_str(sample->comm, sizeof(sample->comm), task->group_leader->comm);
	bpf_probe_read_kernel_str(sample->thread, sizeof(sample->thread), task->comm);
}

/* A record that is one sample of its kind. */
static __always_inline void hp_sample_put(void *record, __u64 size, struct hp_stats *stats)
{
	if (hp_ring_write(record, size, hp_ring_flags(hp_config.ring_wake)))
		hp_count(stats->lost[HP_LOSS_RING_FULL]);
	else
		hp_count(stats->delivered);
}

#endif
