// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The pthread probe: the use of locks in some processes, from the functions of their C library.
 * Which instructions of which functions, and how a lock looks there, is in pthread_sites, by the
 * cookie of the probe. Its user half fills that and attaches.
 *
 * A lock that is free when a thread asks for it costs one trap, and unlocking it another. Only the
 * return of a call that may have to wait, or may fail, is probed too; that state is with the
 * kernel's return probe, so a longjmp or the end of the thread leaves nothing behind that matters:
 * a call whose return never comes is written over by the thread's next. Kernels without sessions
 * (before 6.13) pay for each return.
 */
#include "lib/args.bpf.h"
#include "uselock/book.bpf.h"
#include "uselock/order.bpf.h"
#include "unwind/unwind.h"

extern bool bpf_session_is_return(void) __ksym __weak;
extern __u64 *bpf_session_cookie(void) __ksym __weak;

/* Set before loading. */
const volatile __u32 hp_pthread_filter;	      /* the processes attached to are not enough */
const volatile __u32 hp_pthread_sessions = 1; /* else the return of each call is probed */

#define ZERO_FLAG  0x40u
#define OWNER_DEAD 130u /* the lock is the caller's */
#define KIND_OWNED 3u

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, HP_USELOCK_SITES);
	__type(key, __u32);
	__type(value, struct hp_uselock_site);
} pthread_sites SEC(".maps");

/* hp_stats.ticks: traps. */
static __always_inline void pthread_count_trap(void)
{
	struct hp_stats *stats = hp_stats_of(HP_KIND_LOCK);

	if (stats)
		hp_count(stats->ticks);
}

static __always_inline struct hp_uselock_site *pthread_site(struct pt_regs *ctx)
{
	__u32 index = bpf_get_attach_cookie(ctx);
	struct hp_uselock_site *site = bpf_map_lookup_elem(&pthread_sites, &index);

	if (!site || (hp_pthread_filter && !hp_filter_task(bpf_get_current_task_btf())))
		return NULL;
	return site;
}

/* For locks of which it can be told; the instruction is in front of the attempt, or right behind.
 */
static __always_inline bool pthread_is_free(struct pt_regs *ctx, struct hp_uselock_site *site,
					    __u64 address)
{
	__u64 words;

	if (site->flags & HP_USELOCK_TAKEN)
		return ctx->flags & ZERO_FLAG;
	return site->busy && !bpf_probe_read_user(&words, sizeof(words), (void *)address) &&
	       !(words & site->busy);
}

/* The lock was taken to be free when the function that has entered this one was called. It was
 * not: as if that had not happened. */
static __noinline void pthread_undo(struct book_thread *t)
{
	struct hp_uselock_place *place;
	struct hp_uselock_stack *stack;
	struct hp_held *last;
	__u32 n = t->n - 1;

	hp_opaque(n);
	if (n >= BOOK_HELD || t->held[n].address != t->last.address)
		return;
	last = &t->held[n];
	t->key.place.to = last->to;
	place = bpf_map_lookup_elem(&book_places, &t->key.place);
	if (place) {
		book_give(&place->use, last->since, 0, 1);
		book_add(place->use.taken, -book_times(0));
	}
	book_sum(-book_times(0), 0);
	if (last->weight) {
		t->key.stack = last->stack;
		t->key.thread = hp_pthread_threads ? (__u32)bpf_get_current_pid_tgid() : 0;
		stack = bpf_map_lookup_elem(&book_stacks, &t->key);
		if (stack) {
			book_give(&stack->use, last->since, 0, last->weight);
			book_add(stack->use.taken, -(last->weight * book_times(0)));
		}
	}
	t->n = n;
}

enum pthread_inner { PTHREAD_OUTER, PTHREAD_INNER, PTHREAD_INNER_WAITS };

/* Was this function entered by another one of the library, which was probed? */
static __always_inline enum pthread_inner pthread_inner(struct pt_regs *ctx, struct book_thread *t,
							struct hp_uselock_site *site, __u64 address,
							__u64 to)
{
	__u64 from = to - ctx->ip + site->address; /* as of the file */
	__u64 sp = ctx->sp;

	if (from >= site->outer_start && from < site->outer_end)
		return PTHREAD_INNER;
	/* Where the return is probed the kernel has put its own address there. */
	if (t->call.address == address && t->call.sp == sp &&
	    site->jumped_from >> (t->call.function & 31) & 1)
		return PTHREAD_INNER;
	if (t->last.address == address && t->last.sp == sp &&
	    (t->last.to == to || !hp_pthread_sessions) &&
	    site->jumped_from >> (t->last.function & 31) & 1)
		return pthread_is_free(ctx, site, address) ? PTHREAD_INNER : PTHREAD_INNER_WAITS;
	return PTHREAD_OUTER;
}

/* The return of t->at is probed. */
static __always_inline __u64 pthread_call(struct book_thread *t, bool contended)
{
	t->call = t->at;
	t->call.contended = contended;
	t->last.address = 0;
	return 1;
}

/* The thread lets go of the lock of t->key. */
static __noinline void pthread_unlock(struct book_thread *t, struct hp_uselock_site *site,
				      __u64 now)
{
	__u64 address = t->key.place.lock.address;
	struct hp_uselock *lock = bpf_map_lookup_elem(&book_locks, &t->key.place.lock);
	__u32 i = book_find(t, address), kind = 0;

	if (lock && i < BOOK_HELD && book_is_stale(lock, &t->held[i])) {
		book_drop(t, i);
		i = BOOK_HELD;
	}
	if (i < BOOK_HELD) {
		if (t->held[i].depth > 1) {
			t->held[i].depth--;
			return;
		}
		book_drop(t, i);
		if (!lock)
			return;
	} else {
		if (site->flags & HP_USELOCK_KIND) {
			bpf_probe_read_user(&kind, sizeof(kind), (void *)(address + site->kind_at));
			kind &= KIND_OWNED;
			if (kind == 1 || kind == 2) { /* it fails, if nothing was missed */
				if (!lock || !book_owned(lock) ||
				    lock->owner != (__u32)bpf_get_current_pid_tgid())
					return;
			}
		}
		if (!lock || !book_owned(lock)) {
			/* To initialise a spin lock is the same code. And between windows nobody
			 * is seen. */
			if (site->class != HP_LOCK_SPIN && !hp_pthread_window)
				book_lose(unseen);
			return;
		}
		if (lock->owner != (__u32)bpf_get_current_pid_tgid())
			hp_count(lock->handed);
		t->fresh = lock->held;
	}
	if (!t->fresh.shared)
		lock->owner = 0;
	book_end(t, lock, now);
}

/* Puts down that the thread has the lock of t->key from now on by the call t->at, once more if it
 * has it already. */
static __noinline void pthread_have(struct pt_regs *ctx, struct book_thread *t,
				    struct hp_uselock_site *site, __u32 returned)
{
	struct hp_uselock *lock = bpf_map_lookup_elem(&book_locks, &t->key.place.lock);
	__u32 i = book_find(t, t->key.place.lock.address);
	bool again = i < BOOK_HELD && lock && !book_is_stale(lock, &t->held[i]);

	if (again)
		t->held[i].depth++;
	else if (i < BOOK_HELD)
		book_drop(t, i);
	t->fresh.address = t->key.place.lock.address;
	t->fresh.since = bpf_ktime_get_ns();
	t->fresh.asked = returned ? t->at.since : t->fresh.since;
	t->fresh.to = t->at.to;
	t->fresh.depth = 1;
	t->fresh.shared = !!(site->flags & HP_USELOCK_SHARED);
	if (again)
		book_again(ctx, t, returned);
	else
		book_begin(ctx, t, site->class, returned);
}

/* Whoever has a lock does not wait for it; but for a condition it is given back first. */
static __always_inline void pthread_order(struct pt_regs *ctx, struct book_thread *t,
					  struct hp_uselock_site *site, bool has)
{
	if (t->n && (site->op == HP_USELOCK_WAIT || !has) &&
	    (site->op != HP_USELOCK_TRY || site->flags & HP_USELOCK_TIMED))
		order_note(ctx, t, t->at.to, site->flags & HP_USELOCK_SHARED);
}

/* Not 0: probe the return. */
static __always_inline __u64 pthread_called(struct pt_regs *ctx)
{
	struct hp_uselock_site *site = pthread_site(ctx);
	struct task_struct *task = bpf_get_current_task_btf();
	__u64 sp = ctx->sp, to = 0;
	struct book_thread *t;
	bool free, has, tells;

	if (!site || !book_open() || bpf_probe_read_user(&to, sizeof(to), (void *)sp))
		return 0;
	t = book_of(task);
	if (!t)
		return 0;
	t->at.address = hp_register(ctx, site->lock);
	t->at.since = bpf_ktime_get_ns();
	t->at.sp = sp;
	t->at.to = to;
	t->at.function = site->function;
	book_name(t, task->tgid, t->at.address);
	switch (pthread_inner(ctx, t, site, t->at.address, to)) {
	case PTHREAD_INNER: return 0;
	case PTHREAD_INNER_WAITS:
		t->at.since = t->last.since;
		pthread_undo(t);
		return pthread_call(t, true);
	default: break;
	}
	has = book_find(t, t->at.address) < BOOK_HELD;
	pthread_order(ctx, t, site, has);
	if (site->op == HP_USELOCK_WAIT) {
		pthread_unlock(t, site, t->at.since);
		return pthread_call(t, false);
	}
	free = pthread_is_free(ctx, site, t->at.address);
	tells = site->busy || site->flags & HP_USELOCK_TAKEN;
	if (!free || has || site->op != HP_USELOCK_LOCK)
		return pthread_call(t, tells && !free && !has);
	pthread_have(ctx, t, site, 0);
	t->last = t->at;
	t->call.address = 0;
	return 0;
}

static __always_inline int pthread_returned(struct pt_regs *ctx)
{
	struct hp_uselock_site *site = pthread_site(ctx);
	struct task_struct *task = bpf_get_current_task_btf();
	__u32 result = (__u32)ctx->ax;
	struct hp_uselock *lock;
	struct book_thread *t;

	if (!site || !book_open())
		return 0;
	t = bpf_task_storage_get(&book_threads, task, NULL, 0);
	if (!t || t->window != hp_pthread_window || !t->call.address ||
	    t->call.sp != ctx->sp - sizeof(t->call.sp))
		return 0;
	t->at = t->call;
	t->call.address = 0;
	book_name(t, task->tgid, t->at.address);
	/* After a wait it has the lock again whatever became of it, or still, if it was none. */
	if (!result || result == OWNER_DEAD || site->op == HP_USELOCK_WAIT) {
		pthread_have(ctx, t, site, 1);
		return 0;
	}
	lock = book_lock(t, site->class);
	if (lock)
		book_add(lock->failed, book_times(bpf_ktime_get_ns() - t->at.since));
	return 0;
}

/* Attached as a session: one program for the entry and the return. */
SEC("kprobe")
int hp_pthread_call(struct pt_regs *ctx)
{
	__u64 *cookie = bpf_session_cookie();

	pthread_count_trap();
	if (!cookie)
		return 1;
	if (bpf_session_is_return())
		return pthread_returned(ctx);
	return !pthread_called(ctx); /* 1: no return probe */
}

/* The two where there are no sessions. */
SEC("kprobe")
int hp_pthread_in(struct pt_regs *ctx)
{
	pthread_count_trap();
	pthread_called(ctx);
	return 0;
}

SEC("kprobe")
int hp_pthread_out(struct pt_regs *ctx)
{
	pthread_count_trap();
	return pthread_returned(ctx);
}

SEC("kprobe")
int hp_pthread_give(struct pt_regs *ctx)
{
	struct hp_uselock_site *site = pthread_site(ctx);
	struct task_struct *task = bpf_get_current_task_btf();
	struct book_thread *t;

	if (!site) /* see trap_cost() */
		return 0;
	pthread_count_trap();
	t = book_open() ? book_of(task) : NULL;
	if (!t)
		return 0;
	t->last.address = 0;
	book_name(t, task->tgid, hp_register(ctx, site->lock));
	pthread_unlock(t, site, bpf_ktime_get_ns());
	return 0;
}

/* What the current thread has ends: with the thread, or with the program. */
static __always_inline void pthread_close(struct task_struct *task, bool alone)
{
	struct book_thread *t = bpf_task_storage_get(&book_threads, task, NULL, 0);
	__u64 now;

	if (!t || !book_open() || t->window != hp_pthread_window)
		return;
	now = bpf_ktime_get_ns();
	for (__u32 i = 0; i < BOOK_HELD; i++) {
		struct hp_uselock *lock;
		__u32 last = t->n - 1;

		hp_opaque(last);
		if (last >= BOOK_HELD)
			break;
		book_drop(t, last);
		book_name(t, task->tgid, t->fresh.address);
		lock = bpf_map_lookup_elem(&book_locks, &t->key.place.lock);
		if (!lock || book_is_stale(lock, &t->fresh))
			continue;
		if (alone)
			hp_count(lock->abandoned);
		if (!t->fresh.shared)
			lock->owner = 0;
		book_end(t, lock, now);
	}
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(hp_pthread_exit, struct task_struct *task)
{
	pthread_close(bpf_get_current_task_btf(), !(task->signal->flags & SIGNAL_GROUP_EXIT));
	return 0;
}

/* The thread's books still say which program they are of. */
SEC("tp_btf/sched_process_exec")
int BPF_PROG(hp_pthread_exec, struct task_struct *task)
{
	pthread_close(bpf_get_current_task_btf(), false);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
