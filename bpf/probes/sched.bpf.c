// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The sched probe: the wall-time ledger of every thread, and the stacks of a sample of its waits.
 * At each switch both threads are settled; a wake-up ends a wait and begins the wait for a CPU. An
 * iterator over all threads opens the books of those that are there at the start, and closes the
 * books of those that are there at the end.
 *
 * The books are made where memory may be allocated (the iterator, a new thread), and only looked
 * up at a switch, under the run queue's lock: before 6.4 allocating there can deadlock.
 */
#include "lib/config.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/sample.bpf.h"
#include "sched/account.bpf.h"
#include "sched/lock.bpf.h"
#include "sched/reason.bpf.h"
#include "sched/turn.bpf.h"
#include "sched/wait.bpf.h"
#include "unwind/unwind.h"

/* Set before loading. */
const volatile __u32 hp_sched_follow;	 /* children of the target processes belong to it */
const volatile __u32 hp_sched_waits = 1; /* all waits are sent; else those for locks */
const volatile __u32 hp_sched_locks;	 /* waits for locks are told apart, and summed */

static __always_inline struct hp_task *sched_task_new(struct task_struct *task, __u64 now)
{
	struct hp_task *t =
		bpf_task_storage_get(&sched_tasks, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!t || t->state)
		return NULL;
	t->since = t->ledger.first = now;
	t->exec = task->se.sum_exec_runtime;
	return t;
}

/* Completes the record; from now on the thread's events are not for it. */
static __always_inline struct hp_ledger *sched_close(struct hp_task *t, struct task_struct *task,
						     __u64 now)
{
	struct hp_ledger *ledger = &t->ledger;

	t->closed = HP_TASK_CLOSED;
	ledger->type = HP_EVENT_LEDGER;
	if (task->flags & PF_NO_USER)
		ledger->flags |= HP_LEDGER_KERNEL;
	ledger->tgid = task->tgid;
	ledger->tid = task->pid;
	ledger->start = task->group_leader->start_boottime;
	ledger->thread_start = task->start_boottime;
	ledger->cgroup = hp_cgroup_number(task);
	ledger->last = now;
	bpf_probe_read_kernel_str(ledger->comm, sizeof(ledger->comm), task->group_leader->comm);
	bpf_probe_read_kernel_str(ledger->thread, sizeof(ledger->thread), task->comm);
	return ledger;
}

static __always_inline void sched_dead(struct hp_task *t, struct task_struct *task, __u64 now)
{
	struct hp_ledger *ledger = sched_close(t, task, now);
	struct hp_stats *stats = hp_stats_of(HP_KIND_OFFCPU);

	t->closed = HP_TASK_SENT;
	ledger->flags |= HP_LEDGER_ENDED;
	if (hp_ring_write(ledger, sizeof(*ledger), hp_ring_flags(hp_config.ring_wake)) && stats)
		stats->ledgers_lost++;
}

/* Of the command's process before it is the command, neither time nor stacks are kept. */
static __always_inline bool sched_before_command(const struct hp_task *t)
{
	return hp_sched_follow && t->ledger.flags & HP_LEDGER_BEFORE;
}

/* A wait is over, or the recording is. `woken`: the current task is the one that ends it. */
static __always_inline void sched_wait_end(struct hp_task *t, struct task_struct *task, __u64 now,
					   bool woken, __u32 slot)
{
	struct hp_stats *stats = hp_stats_of(HP_KIND_OFFCPU);
	bool of_lock = hp_sched_locks && t->lock.address;
	struct hp_walk *walk = hp_walk_of(slot);
	struct hp_task *giver = NULL;
	__u64 ns = now - t->since;

	if (of_lock && woken)
		giver = sched_lock_pass(t, task, now);
	if (!stats || !walk || ns < hp_config.min_wait_ns)
		goto out;
	if (of_lock)
		hp_lock_over(&t->lock, task, ns, giver);
	if (!t->weight || !(hp_sched_waits || of_lock))
		goto out;
	hp_wait_fill(walk, t, task, ns);
	if (woken)
		hp_wait_waker(walk, ns, stats);
	if (of_lock)
		sched_lock_explain(walk, t, task, giver, now);
	hp_wait_send(walk, of_lock, stats);
out:
	if (t->weight)
		t->stacks_until = now;
	t->weight = t->lock.address = 0;
}

static __always_inline void sched_out(void *ctx, struct task_struct *task, bool preempted,
				      __u32 state, __u64 now)
{
	struct hp_task *t = sched_task(task);
	struct hp_call call;
	__u32 reason;
	bool of_lock;

	if (!t)
		return;
	hp_account_out(t, task, now);
	t->ledger.switches++;
	t->state = HP_TASK_RUNQ;
	if (preempted || !state)
		return;
	if (state & TASK_DEAD) {
		sched_dead(t, task, now);
		return;
	}
	reason = hp_reason_of(task, state, t->stopped_in, &call);
	hp_opaque(reason);
	if (reason >= HP_REASONS)
		return;
	of_lock = hp_sched_locks && call.class == HP_CLASS_FUTEX;
	t->state = HP_TASK_BLOCKED;
	t->reason = reason;
	if (reason != HP_REASON_STOPPED)
		t->stopped_in = reason;
	t->ledger.waits[reason]++;
	if (sched_before_command(t))
		return;
	t->weight = hp_coin_toss(t, now);
	if (t->weight)
		hp_wait_begin(ctx, t, task, of_lock);
	if (of_lock)
		sched_lock_begin(t, task, &call, now);
}

static __always_inline void sched_in(struct task_struct *task, __u64 now)
{
	struct hp_task *t = sched_task(task);

	if (!t)
		return;
	if (t->state == HP_TASK_BLOCKED && (t->weight || t->lock.address))
		sched_wait_end(t, task, now, false, HP_SLOT_SCHED); /* its waking was missed */
	hp_account_in(t, task, now);
}

SEC("tp_btf/sched_switch")
int BPF_PROG(hp_sched_switch, bool preempt, struct task_struct *prev, struct task_struct *next,
	     unsigned int prev_state)
{
	__u64 now = bpf_ktime_get_ns();

	if (prev->pid) /* not idle */
		sched_out(ctx, prev, preempt, prev_state, now);
	if (next->pid)
		sched_in(next, now);
	return 0;
}

/*
 * Not wakeup: the wait for a CPU begins with its cause. A thread that is not off the CPU yet is
 * left alone: it will not switch, or is preempted.
 */
SEC("tp_btf/sched_waking")
int BPF_PROG(hp_sched_waking, struct task_struct *task)
{
	struct hp_task *t = sched_task(task);
	__u64 now;

	if (!t || t->state != HP_TASK_BLOCKED)
		return 0;
	now = bpf_ktime_get_ns();
	if (t->weight || t->lock.address)
		sched_wait_end(t, task, now, true, HP_SLOT_SCHED);
	hp_account_off(t, now - t->since);
	t->since = now;
	t->state = HP_TASK_RUNQ;
	return 0;
}

SEC("tp_btf/task_newtask")
int BPF_PROG(hp_sched_new, struct task_struct *task)
{
	__u32 parent = bpf_get_current_pid_tgid() >> 32;
	struct hp_task *t;

	if (!hp_filter_task(task) &&
	    !(hp_sched_follow && bpf_map_lookup_elem(&hp_processes, &parent)))
		return 0;
	t = sched_task_new(task, bpf_ktime_get_ns());
	if (t)
		t->state = HP_TASK_RUNQ;
	return 0;
}

/*
 * The command of `record -- COMMAND` begins here: what our own fork did before is not its own.
 * Others may come into the target, or leave it, by their new name, or have been moved to another
 * cgroup before: so services and containers are started.
 */
SEC("tp_btf/sched_process_exec")
int BPF_PROG(hp_sched_exec, struct task_struct *task)
{
	struct hp_task *t = sched_task(task);
	__u64 now = bpf_ktime_get_ns();

	if (hp_sched_follow) {
		if (!t || !sched_before_command(t))
			return 0;
		hp_account_end(t, task, now, 0);
		__builtin_memset(&t->ledger, 0, sizeof(t->ledger));
		t->ledger.first = now;
		t->edge = 1;
		return 0;
	}
	if (!(hp_config.filter & (HP_FILTER_COMM | HP_FILTER_CGROUP | HP_FILTER_PLACE)))
		return 0;
	if (hp_filter_task(task)) {
		if (t)
			return 0;
		t = sched_task_new(task, now);
		if (!t)
			return 0;
		t->edge = 1;
		t->state = HP_TASK_CPU;
	} else if (t) {
		hp_account_end(t, task, now, HP_TICK_NS);
		sched_dead(t, task, now);
	}
	return 0;
}

/* A thread that waits already: its kernel stack can be had, its user stack cannot from here. */
static __always_inline void sched_found_waiting(struct hp_task *t, struct task_struct *task,
						const struct hp_call *call)
{
	struct hp_stats *stats = hp_stats_of(HP_KIND_OFFCPU);
	struct hp_walk *walk = hp_walk_of(HP_SLOT_ITER);

	t->weight = HP_WEIGHT_ONE;
	if (stats && walk && !hp_config.no_kernel)
		t->kernel_stack = hp_stack_kernel_of(task, walk, stats);
	if (hp_sched_locks && call->class == HP_CLASS_FUTEX) {
		t->lock.class = t->lock.call_class = hp_lock_class(call, t->reason);
		t->lock.address = hp_lock_address(call, t->lock.class);
	}
}

SEC("iter/task")
int hp_sched_begin(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	__u32 state, reason;
	struct hp_call call;
	struct hp_task *t;

	if (!task || !task->pid || task->exit_state || !hp_filter_task(task))
		return 0;
	t = sched_task_new(task, bpf_ktime_get_ns());
	if (!t)
		return 0;
	/* The reader learns of its cgroup now: what it reads there is to be from the start. */
	hp_cgroup_number(task);
	t->ledger.flags = HP_LEDGER_BEFORE;
	state = task->__state;
	if (task->on_cpu) {
		t->edge = 1;
		t->state = HP_TASK_CPU;
	} else if (!state) {
		t->state = HP_TASK_RUNQ;
	} else {
		reason = hp_reason_of(task, state, HP_REASON_OTHER, &call);
		t->stopped_in = reason;
		if (reason == HP_REASON_STOPPED || call.class == HP_CLASS_RESTART)
			t->stopped_in = hp_reason_restart(task);
		if (reason == HP_REASON_OTHER)
			reason = t->stopped_in;
		hp_opaque(reason);
		t->reason = reason;
		if (reason < HP_REASONS)
			t->ledger.waits[reason]++;
		if (!sched_before_command(t))
			sched_found_waiting(t, task, &call);
		t->state = HP_TASK_BLOCKED;
	}
	return 0;
}

SEC("iter/task")
int hp_sched_end(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct hp_task *t;
	__u64 now;

	if (!task)
		return 0;
	t = bpf_task_storage_get(&sched_tasks, task, NULL, 0);
	if (!t || !t->state || t->closed == HP_TASK_SENT)
		return 0;
	/* Of a thread that the reader's page had no room for, the kernel tells again. */
	if (!t->closed) {
		t->closed = HP_TASK_CLOSED; /* first: it may switch on another CPU meanwhile */
		now = bpf_ktime_get_ns();
		if (t->state == HP_TASK_BLOCKED && (t->weight || t->lock.address))
			sched_wait_end(t, task, now, false, HP_SLOT_ITER);
		hp_account_end(t, task, now, HP_TICK_NS);
		sched_close(t, task, now);
	}
	if (!bpf_seq_write(ctx->meta->seq, &t->ledger, sizeof(t->ledger)))
		t->closed = HP_TASK_SENT;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
