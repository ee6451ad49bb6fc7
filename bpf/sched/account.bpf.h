/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HP_ACCOUNT_BPF_H
#define HP_ACCOUNT_BPF_H
/*
 * The books of one thread. Every settlement divides the time since the last one, to the
 * nanosecond: what is added to `last - first` is added to exactly one of on_cpu, runq, blocked and
 * residual. No switch is trusted to be seen: some kernels leave one out now and then, so a thread
 * found in a state it cannot be in is settled by what its own CPU time says, and counted.
 */
#include "lib/hp.bpf.h"

enum hp_task_state { HP_TASK_CPU = 1, HP_TASK_RUNQ, HP_TASK_BLOCKED };
enum hp_task_closed { HP_TASK_CLOSED = 1, HP_TASK_SENT };

/* What a thread had done at a time. */
struct hp_turn {
	__u64 time, runq, blocked; /* ns */
	__u32 reason;		   /* of its last wait, the present one included */
	__u32 reserved;
	/* Of its last wait with stacks, and when that ended. */
	__u64 user_stack, kernel_stack, stacks_until;
};

/* A lock that a thread waits for: see lock.bpf.h. */
struct hp_lock_seen {
	__u64 address;	      /* 0: none */
	__u32 call_class;     /* enum hp_lock_class, as the call tells it */
	__u32 class;	      /* as the memory tells it */
	__u32 number;	      /* of the thread that had it when the wait began, in its namespace */
	__u32 holder;	      /* that thread's id, in ours; 0: not to be had */
	__u32 sure;	      /* the memory says so: else it was the last to be given the lock */
	struct hp_turn began; /* the holder's, then */
};

/* What a thread did while it had the lock. */
struct hp_lock_turn {
	__u64 cpu, runq, wait; /* ns */
	__u64 stack, kernel_stack;
	__u32 reason;
};

/* In task storage: it follows the task through exec and goes with it. */
struct hp_task {
	struct hp_ledger ledger; /* header fields are filled when it is sent */
	__u64 since;		 /* settled up to here (ns, CLOCK_MONOTONIC) */
	__u64 exec;		 /* se.sum_exec_runtime then */
	__u64 queued;		 /* the wait for a CPU right before this time on it */
	__u32 state;		 /* enum hp_task_state */
	__u32 reason;		 /* enum hp_reason, of the present wait or the last one */
	__u32 edge;		 /* on the CPU since before we came */
	__u32 stopped_in;	 /* enum hp_reason, of the last wait that was no stop */
	__u32 closed;		 /* enum hp_task_closed: later events are not for it */
	/* The coin: see coin.bpf.h. */
	__u64 waited_at, cycle;
	__u64 weight; /* of the present wait; 0: it was not chosen */
	/* Of the last wait that was chosen, the present one included. */
	__u64 user_stack, kernel_stack;
	__u64 stacks_until; /* when it ended, if it has */
	/* Locks. */
	__u64 blocked;	     /* ns, of all reasons */
	__u64 blocked_until; /* when the last wait ended */
	struct hp_lock_seen lock;
	__u64 got_address,
		gave_address;	  /* the locks it waited for last, and gave to a waiter last */
	struct hp_turn got, gave; /* then */
	__u32 got_from;		  /* the thread that gave it */
	__u8 turn_open;		  /* it was given a lock, and has given none since */
	__u8 turn_whole;	  /* `got` to `gave` is one turn */
	/* Working memory while a wait of this thread is explained: the program's stack is too small
	 * for it, with that of the walk (6.1). */
	struct hp_turn until;
	struct hp_lock_turn turn;
};

static __always_inline void hp_account_off(struct hp_task *t, __u64 ns)
{
	__u32 reason = t->reason;

	hp_opaque(reason);
	if (t->state == HP_TASK_BLOCKED && reason < HP_REASONS) {
		t->ledger.blocked[reason] += ns;
		t->blocked += ns;
		t->blocked_until = t->since + ns;
		t->queued = 0;
	} else {
		t->ledger.runq += ns;
		t->queued = ns;
	}
}

/*
 * From a time on the CPU to now. The kernel charges by a clock that it reads earlier than we do:
 * when a thread is woken on an idle CPU, some of its way there is CPU time already. That is not
 * counted twice: it is taken from the wait for the CPU.
 */
static __always_inline void hp_account_cpu(struct hp_task *t, __u64 exec, __u64 ns)
{
	__u64 used = exec - t->exec, over, taken;

	if (used <= ns) {
		t->ledger.residual += ns - used;
	} else if (t->edge) {
		used = ns; /* charged before we came */
	} else {
		over = used - ns;
		taken = over < t->queued ? over : t->queued;
		t->ledger.runq -= taken;
		t->ledger.residual -= over - taken;
	}
	t->ledger.on_cpu += used;
	t->exec = exec;
	t->edge = 0;
	t->queued = 0;
}

/* From a state that a switch we were not told of has ended. */
static __always_inline void hp_account_missed(struct hp_task *t, __u64 exec, __u64 ns)
{
	__u64 used = exec - t->exec;

	if (used > ns)
		used = ns;
	t->ledger.on_cpu += used;
	t->exec = exec;
	t->edge = 0;
	t->ledger.heals++;
	if (t->state == HP_TASK_CPU) /* it left, and what for we do not know: as the last time */
		t->state = HP_TASK_BLOCKED;
	hp_account_off(t, ns - used);
}

/* The thread leaves the CPU. */
static __always_inline void hp_account_out(struct hp_task *t, struct task_struct *task, __u64 now)
{
	__u64 exec = task->se.sum_exec_runtime;

	if (t->state == HP_TASK_CPU)
		hp_account_cpu(t, exec, now - t->since);
	else
		hp_account_missed(t, exec, now - t->since);
	t->since = now;
}

/* The thread gets the CPU. */
static __always_inline void hp_account_in(struct hp_task *t, struct task_struct *task, __u64 now)
{
	if (t->state == HP_TASK_CPU)
		hp_account_missed(t, task->se.sum_exec_runtime, now - t->since);
	else
		hp_account_off(t, now - t->since);
	t->state = HP_TASK_CPU;
	t->since = now;
}

#define HP_TICK_NS 10000000ull /* the longest between two counts of CPU time: CONFIG_HZ=100 */

/* The end, wherever the thread is. On a CPU, the kernel's count is as old as its last tick. */
static __always_inline void hp_account_end(struct hp_task *t, struct task_struct *task, __u64 now,
					   __u64 tick_ns)
{
	__u64 ns = now - t->since, exec = task->se.sum_exec_runtime, used = exec - t->exec;

	if (t->state == HP_TASK_CPU) {
		if (used < ns)
			exec += ns - used < tick_ns ? ns - used : tick_ns;
		hp_account_cpu(t, exec, ns);
	} else {
		hp_account_off(t, ns);
	}
	t->since = now;
}

#endif
