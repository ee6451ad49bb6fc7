/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HP_TURN_BPF_H
#define HP_TURN_BPF_H
/*
 * The books of all threads, and what they say of those that had a lock while another waited for it:
 * see lock.bpf.h.
 */
#include "sched/account.bpf.h"
#include "sched/lock.bpf.h"
#include "sched/wait.bpf.h"

#define HP_TURNS_MAX 8 /* between the first and the last of one wait */

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct hp_task);
} sched_tasks SEC(".maps");

static __always_inline struct hp_task *sched_task(struct task_struct *task)
{
	struct hp_task *t = bpf_task_storage_get(&sched_tasks, task, NULL, 0);

	return t && t->state && !t->closed ? t : NULL;
}

/* Its books, or NULL; the thread is to be released. */
static __always_inline struct hp_task *sched_task_any(struct task_struct *task)
{
	return bpf_task_storage_get(&sched_tasks, task, NULL, 0);
}

/* Which lock; who has it, and what that thread has done so far. */
static __always_inline void sched_lock_begin(struct hp_task *t, struct task_struct *task,
					     const struct hp_call *call, __u64 now)
{
	struct hp_lock_seen *lock = &t->lock;
	struct task_struct *holder = NULL;
	struct hp_task *h;
	__u32 got;

	lock->call_class = lock->class = hp_lock_class(call, t->reason);
	lock->address = hp_lock_address(call, lock->class);
	if (lock->class == HP_LOCK_EVENT && hp_lock_written(call))
		lock->call_class = HP_LOCK_FUTEX; /* if the stack says so: else an event */
	lock->number = lock->holder = lock->sure = 0;
	if (!t->weight || !hp_lock_held(lock))
		return;
	lock->number = hp_lock_owner(task, call, &lock->class);
	if (!bpf_task_from_pid)
		return;
	if (lock->number)
		holder = hp_task_by_number(lock->number);
	if (holder) {
		lock->sure = 1;
	} else {
		got = hp_lock_got(lock, task);
		if (!got || got == (__u32)task->pid)
			return;
		holder = bpf_task_from_pid(got);
		if (!holder)
			return;
	}
	h = sched_task_any(holder);
	if (holder->tgid != task->tgid) { /* no glibc mutex: it looked like one */
		if (lock->number)
			lock->class = lock->call_class;
		lock->number = 0;
	} else if (h) {
		lock->holder = holder->pid;
		hp_turn_read(h, now, &lock->began);
	}
	bpf_task_release(holder);
}

/* The current task gives its lock to `t`: its turn ends, that of `t` begins. NULL: it does not. */
static __always_inline struct hp_task *sched_lock_pass(struct hp_task *t, struct task_struct *task,
						       __u64 now)
{
	struct task_struct *waker = bpf_get_current_task_btf();
	struct hp_task *w;

	if (waker->tgid != task->tgid || !hp_lock_held(&t->lock) ||
	    !hp_wait_waker_known(waker, t->reason))
		return NULL;
	w = sched_task(waker);
	if (!w)
		return NULL;
	t->got_address = w->gave_address = t->lock.address;
	t->got_from = waker->pid;
	t->turn_open = 1;
	hp_turn_read(t, now, &t->got);
	w->turn_whole = w->turn_open && w->got_address == w->gave_address;
	w->turn_open = 0;
	hp_turn_read(w, now, &w->gave);
	return w;
}

static __always_inline void sched_lock_holder(struct hp_lock_wait *record,
					      struct task_struct *holder, struct hp_lock_turn *turn,
					      const struct hp_turn *from,
					      const struct hp_turn *until)
{
	__builtin_memset(turn, 0, sizeof(*turn));
	hp_turn_split(from, until, turn);
	record->holder_tid = holder->pid;
	bpf_probe_read_kernel_str(record->holder, sizeof(record->holder), holder->comm);
	record->holder_cpu = turn->cpu;
	record->holder_runq = turn->runq;
	record->holder_wait = turn->wait;
	record->holder_reason = turn->reason;
	record->holder_stack = turn->stack;
	record->holder_kernel_stack = turn->kernel_stack;
}

/*
 * The turns between the first and the last, the last one's beginning first, as long as each ends
 * when the next begins and lies in the wait. Returns when the earliest of them begins.
 */
static __always_inline __u64 sched_lock_between(struct hp_walk *walk, struct hp_task *t,
						const struct hp_task *w)
{
	__u64 address = t->lock.address, began = w->got.time;
	__u32 from = w->got_from;

	if (!bpf_task_from_pid)
		return began;
	for (int i = 0; i < HP_TURNS_MAX; i++) {
		struct task_struct *holder = bpf_task_from_pid(from);
		struct hp_task *h;
		bool more = false;

		if (!holder)
			break;
		h = sched_task_any(holder);
		if (h && h->gave_address == address && h->gave.time == began && h->turn_whole &&
		    h->got.time > t->since && h->got.time < began) {
			sched_lock_holder(&walk->lock, holder, &t->turn, &h->got, &h->gave);
			hp_wait_send_part(walk, began - h->got.time);
			began = h->got.time;
			from = h->got_from;
			more = true;
		}
		bpf_task_release(holder);
		if (!more)
			break;
	}
	walk->lock.holder_tid = 0;
	return began;
}

/* The part of the thread that had the lock when the wait began; `next`: when the next turn does. */
static __always_inline void sched_lock_first(struct hp_lock_wait *record, struct hp_task *t,
					     __u64 next, __u64 now)
{
	struct hp_turn *until = &t->until;
	struct task_struct *holder;
	struct hp_task *h;
	bool gave;

	if (!t->lock.holder || !bpf_task_from_pid)
		return;
	holder = bpf_task_from_pid(t->lock.holder);
	if (!holder)
		return;
	h = sched_task_any(holder);
	if (h) {
		gave = h->gave_address == t->lock.address && h->gave.time > t->since;
		if (gave)
			*until = h->gave;
		else
			hp_turn_read(h, now, until);
		/* Had it the lock again, or was it another's turn: when its own was over, is open.
		 */
		if (until->time <= next && (t->lock.sure || (gave && until->time == next)))
			sched_lock_holder(record, holder, &t->turn, &t->lock.began, until);
	}
	bpf_task_release(holder);
}

/* The part of the thread that ended the wait, `w`, the current one. */
static __always_inline void sched_lock_last(struct hp_lock_wait *record, struct hp_task *t,
					    struct hp_task *w, bool got, __u64 now)
{
	struct task_struct *waker = bpf_get_current_task_btf();
	struct hp_lock_turn *turn = &t->turn;

	__builtin_memset(turn, 0, sizeof(*turn));
	if (got) {
		hp_turn_split(&w->got, &w->gave, turn);
	} else {
		if (record->holder_tid ||
		    (t->lock.number && t->lock.number != hp_task_number(waker)))
			return;
		record->waker_held = 1;
		hp_turn_recent(w, t->since, now, turn);
		hp_turn_stack(&w->gave, t->since, turn);
	}
	record->waker_cpu = turn->cpu;
	record->waker_runq = turn->runq;
	record->waker_wait = turn->wait;
	record->waker_reason = turn->reason;
	record->waker_wait_stack = turn->stack;
	record->waker_kernel_stack = turn->kernel_stack;
}

/* `w`: the thread that gave it, the current one, or NULL. */
static __always_inline void sched_lock_explain(struct hp_walk *walk, struct hp_task *t,
					       const struct task_struct *task, struct hp_task *w,
					       __u64 now)
{
	struct hp_lock_wait *record = &walk->lock;
	bool got = w && w->turn_whole && w->got.time > t->since;

	record->address = t->lock.address;
	record->class = t->lock.class;
	record->call_class = t->lock.call_class;
	record->exec = (__u16)task->self_exec_id;
	sched_lock_first(record, t, got ? sched_lock_between(walk, t, w) : now, now);
	if (w)
		sched_lock_last(record, t, w, got, now);
}

#endif
