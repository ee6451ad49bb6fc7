/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HP_WAIT_BPF_H
#define HP_WAIT_BPF_H
/* A wait that the coin chose: its stacks when it begins, its waker and the sample when it ends. */
#include "lib/cgroup.bpf.h"
#include "lib/sample.bpf.h"
#include "sched/account.bpf.h"
#include "sched/coin.bpf.h"
#include "sched/reason.bpf.h"

#define HP_WAKER_SPACING_NS 1000000ull /* waits that long get their waker's stack, always */

/* The stack is one of the lock profile's, too. */
static __always_inline void hp_wait_share(const struct hp_walk *walk, __u64 id)
{
	struct hp_stats *stats = hp_stats_of(HP_KIND_LOCK);
	__u32 status = walk->stack.n && !id ? HP_STACK_LOST : walk->stack.status;

	hp_opaque(status);
	if (stats && status < HP_STACK_STATUSES)
		hp_count(stats->stacks[status]);
}

/* The thread is `current`, and about to leave the CPU. */
static __always_inline void hp_wait_begin(void *ctx, struct hp_task *t, struct task_struct *task,
					  bool of_lock)
{
	struct hp_stats *stats = hp_stats_of(HP_KIND_OFFCPU);
	struct hp_walk *walk = hp_walk_of(HP_SLOT_SCHED);

	t->user_stack = t->kernel_stack = 0;
	/* The books were opened before the reader knew that nobody wants them. */
	if (!stats || !walk || ((hp_config.filter & HP_FILTER_PLACE) && hp_cgroup_refused(task))) {
		t->weight = 0;
		return;
	}
	if (!hp_config.no_kernel) {
		t->kernel_stack = hp_stack_kernel(ctx, walk, stats);
		if (of_lock)
			hp_wait_share(walk, t->kernel_stack);
	}
	if (!hp_config.no_user) {
		t->user_stack = hp_stack_user_entry(task, walk, stats);
		if (of_lock)
			hp_wait_share(walk, t->user_stack);
	}
}

/*
 * Who ends the wait? The current task is innocent when an interrupt came in between, and nothing
 * in the task tells that (the preempt count cannot be reached on kernels without KALLSYMS_ALL). So
 * a task is taken for the waker only if it is a kernel thread, or was in a system call, and the
 * wait is not one that timers and devices end.
 */
static __noinline bool hp_wait_waker_known(struct task_struct *waker, __u32 reason)
{
	struct hp_call call;

	if (!waker->pid || reason == HP_REASON_SLEEP || reason == HP_REASON_DISK ||
	    reason == HP_REASON_PAGEFAULT)
		return false;
	if (waker->flags & PF_NO_USER)
		return true;
	hp_call_of(waker, &call);
	if (call.nr < 0)
		return false;
	/* On its way to sleep itself: an interrupt found it there. */
	if (call.class == HP_CLASS_FUTEX)
		return hp_futex_wakes(&call);
	return call.class != HP_CLASS_SLEEP && call.class != HP_CLASS_CHILD &&
	       call.class != HP_CLASS_POLL;
}

static __always_inline void hp_wait_waker(struct hp_walk *walk, __u64 ns, struct hp_stats *stats)
{
	struct task_struct *waker = bpf_get_current_task_btf();
	struct hp_wait *wait = &walk->lock.wait;

	if (!hp_wait_waker_known(waker, wait->reason))
		return;
	wait->waker_tgid = waker->tgid;
	wait->waker_tid = waker->pid;
	bpf_probe_read_kernel_str(wait->waker, sizeof(wait->waker), waker->comm);
	if (hp_config.no_user || waker->flags & PF_NO_USER)
		return;
	/* The longer the wait, the surer its waker's stack. */
	if (ns < HP_WAKER_SPACING_NS &&
	    (__u64)bpf_get_prandom_u32() * HP_WAKER_SPACING_NS >= ns << 32)
		return;
	wait->waker_stack = hp_stack_user_entry(waker, walk, stats);
}

/*
 * The record is made in the scratch memory: with it on the stack there is not enough of that for
 * the walk (6.1).
 */
static __always_inline void hp_wait_fill(struct hp_walk *walk, const struct hp_task *t,
					 struct task_struct *task, __u64 ns)
{
	struct hp_wait *wait = &walk->lock.wait;

	__builtin_memset(&walk->lock, 0, sizeof(walk->lock));
	hp_sample_fill(&wait->sample, task, HP_KIND_OFFCPU, t->user_stack, t->kernel_stack, ns);
	wait->sample.type = HP_EVENT_WAIT;
	wait->reason = t->reason;
	wait->weight = t->weight > 0xffffffffull ? 0xffffffffu : t->weight;
}

/* A part of the wait, by a record of its own. */
static __always_inline void hp_wait_send_part(struct hp_walk *walk, __u64 ns)
{
	struct hp_stats *locks = hp_stats_of(HP_KIND_LOCK);
	struct hp_lock_wait *record = &walk->lock;
	__u64 whole = record->wait.sample.value;

	if (!locks)
		return;
	hp_count(locks->attempted);
	record->part = 1;
	record->wait.sample.value = ns;
	record->wait.sample.type = HP_EVENT_LOCK;
	record->wait.sample.kind = HP_KIND_LOCK;
	hp_sample_put(record, sizeof(*record), locks);
	record->part = 0;
	record->wait.sample.value = whole;
	record->wait.sample.type = HP_EVENT_WAIT;
	record->wait.sample.kind = HP_KIND_OFFCPU;
	record->between += ns;
}

/* One record for both profiles, or one for that of all waits. */
static __always_inline void hp_wait_send(struct hp_walk *walk, bool of_lock, struct hp_stats *stats)
{
	struct hp_stats *locks = of_lock ? hp_stats_of(HP_KIND_LOCK) : NULL;
	struct hp_lock_wait *record = &walk->lock;
	__u64 flags = hp_ring_flags(hp_config.ring_wake);
	long err;

	stats->attempted++;
	if (locks) {
		hp_count(locks->attempted);
		record->wait.sample.type = HP_EVENT_LOCK;
		err = hp_ring_write(record, sizeof(*record), flags);
		hp_count(*(err ? &locks->lost[HP_LOSS_RING_FULL] : &locks->delivered));
	} else {
		err = hp_ring_write(record, sizeof(record->wait), flags);
	}
	hp_count(*(err ? &stats->lost[HP_LOSS_RING_FULL] : &stats->delivered));
}

#endif
