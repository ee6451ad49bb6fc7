/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HP_BOOK_BPF_H
#define HP_BOOK_BPF_H
/*
 * The books of the use of locks: what each thread has, and the sums of each lock, of each place
 * that takes it and of the sampled stacks that lead there.
 *
 * Whoever finds a lock free is taken to have it from then on, which saves the probe of the return.
 * Two that find it free at once are told apart later: one of them releases it after the other came,
 * and the other had it from then on only.
 *
 * In windows, each stands for a longer time: everything counts `weight` times. What begins and ends
 * is seen whole only if both are in the same window; the longer it takes the less often it is, and
 * for the more it stands. What a thread had in another window is forgotten.
 */
#include "lib/config.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/sample.bpf.h"
#include "hostprof/uselock.h"

/* Set before loading. */
const volatile __u32 hp_pthread_threads; /* are told apart */

/* Set while it runs, while shut: see probe_window. Times are ns of CLOCK_MONOTONIC. */
volatile __u32 hp_pthread_shut;
volatile __u32 hp_pthread_window; /* its number; 0: nothing was ever shut */
volatile __u32 hp_pthread_weight; /* less one */
volatile __u64 hp_pthread_opened;
volatile __u64 hp_pthread_length; /* 0: it has no end */

#define BOOK_HELD     12	 /* locks that a thread has at once */
#define BOOK_STACK_NS 1000000ull /* at most about one stack in that time for each place */
#define BOOK_MOST     1024ull	 /* weight of a stack */

#define book_add(to, n) ((void)__sync_fetch_and_add(&(to), (n)))

/* A call that is under way. */
struct book_call {
	__u64 address; /* 0: none */
	__u64 since, sp, to;
	__u32 function, contended;
};

/* In task storage. Nobody else looks at it, so it has what the stack has no room for as well. */
struct book_thread {
	__u32 n, exec;
	__u32 window, reserved;
	__u64 times;
	struct book_call at;   /* that is being looked at */
	struct book_call call; /* whose return is probed */
	struct book_call last; /* that found the lock free */
	struct hp_held held[BOOK_HELD];
	struct hp_uselock_stack_key key; /* begins with the others */
	struct hp_held fresh;
	struct hp_uselock_pair_key pair_key;
	union {
		struct hp_uselock lock;
		struct hp_uselock_place place;
		struct hp_uselock_stack stack;
		struct hp_uselock_pair pair;
	} blank;
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct book_thread);
} book_threads SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct hp_uselock_key);
	__type(value, struct hp_uselock);
} book_locks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 131072);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct hp_uselock_place_key);
	__type(value, struct hp_uselock_place);
} book_places SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct hp_uselock_stack_key);
	__type(value, struct hp_uselock_stack);
} book_stacks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct hp_uselock_lost);
} book_lost SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct hp_uselock_sums);
} book_sums SEC(".maps");

#define book_lose(what)                                                                            \
	do {                                                                                       \
		__u32 zero = 0;                                                                    \
		struct hp_uselock_lost *lost = bpf_map_lookup_elem(&book_lost, &zero);             \
                                                                                                   \
		if (lost)                                                                          \
			hp_count(lost->what);                                                      \
	} while (0)

/* --- windows --- */

static __always_inline bool book_open(void)
{
	return !hp_pthread_shut &&
	       (!hp_pthread_length || bpf_ktime_get_ns() - hp_pthread_opened < hp_pthread_length);
}

/* Was this lock's owner seen in this window? */
static __always_inline bool book_owned(const struct hp_uselock *lock)
{
	return lock->owner && lock->held.since >= hp_pthread_opened;
}

/* What is left of the window for beginnings of something that takes `span`, to be seen whole. */
static __always_inline __u64 book_chance(__u64 span)
{
	__u64 least = hp_pthread_length / HP_USELOCK_LEAST;

	return span < hp_pthread_length - least ? hp_pthread_length - span : least;
}

/* The time that `ns` stands for, which is in something that takes `span`. */
static __always_inline __u64 book_time(__u64 ns, __u64 span)
{
	__u64 chance;

	if (!hp_pthread_length)
		return ns;
	chance = book_chance(span);
	return (hp_pthread_weight + 1) * (chance ? ns * hp_pthread_length / chance : ns);
}

/* How many times something stands for that takes `span`: whole numbers, right on average. */
static __always_inline __u64 book_times(__u64 span)
{
	__u64 chance, times;

	if (!hp_pthread_length)
		return 1;
	chance = book_chance(span);
	if (!chance)
		return hp_pthread_weight + 1;
	times = hp_pthread_length / chance;
	times += bpf_get_prandom_u32() % chance < hp_pthread_length % chance;
	return times * (hp_pthread_weight + 1);
}

static __noinline void book_sum(__u64 taken, __u64 hold)
{
	__u32 zero = 0;
	struct hp_uselock_sums *sums = bpf_map_lookup_elem(&book_sums, &zero);

	if (sums) {
		sums->taken += taken;
		sums->hold += hold;
	}
}

/* --- */

/* The current thread's; it has nothing that it had as another program, or in another window. */
static __always_inline struct book_thread *book_of(struct task_struct *task)
{
	struct book_thread *t =
		bpf_task_storage_get(&book_threads, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	__u32 exec = (__u32)task->self_exec_id;

	if (!t)
		return NULL;
	if (t->exec != exec || t->window != hp_pthread_window) {
		t->exec = exec;
		t->window = hp_pthread_window;
		t->n = 0;
		t->call.address = 0;
		t->last.address = 0;
	}
	return t;
}

static __always_inline void book_name(struct book_thread *t, __u32 tgid, __u64 address)
{
	t->key.place.lock.address = address;
	t->key.place.lock.tgid = tgid;
	t->key.place.lock.exec = t->exec;
}

/* That of book_name(). NULL: there are too many. */
static __noinline struct hp_uselock *book_lock(struct book_thread *t, __u32 class)
{
	struct hp_uselock *lock = bpf_map_lookup_elem(&book_locks, &t->key.place.lock);
	struct hp_uselock_seen seen = {.type = HP_EVENT_LOCK_SEEN};

	if (lock)
		return lock;
	__builtin_memset(&t->blank.lock, 0, sizeof(t->blank.lock));
	t->blank.lock.class = class;
	bpf_map_update_elem(&book_locks, &t->key.place.lock, &t->blank.lock, BPF_NOEXIST);
	lock = bpf_map_lookup_elem(&book_locks, &t->key.place.lock);
	if (!lock) {
		book_lose(locks);
		return NULL;
	}
	seen.address = t->key.place.lock.address;
	seen.tgid = t->key.place.lock.tgid;
	seen.exec = t->key.place.lock.exec;
	seen.start = bpf_get_current_task_btf()->group_leader->start_boottime;
	seen.class = class;
	hp_ring_write(&seen, sizeof(seen), hp_ring_flags(hp_config.ring_wake));
	return lock;
}

static __noinline struct hp_uselock_place *book_place(struct book_thread *t, __u64 to)
{
	struct hp_uselock_place *place;

	t->key.place.to = to;
	place = bpf_map_lookup_elem(&book_places, &t->key.place);
	if (place)
		return place;
	__builtin_memset(&t->blank.place, 0, sizeof(t->blank.place));
	bpf_map_update_elem(&book_places, &t->key.place, &t->blank.place, BPF_NOEXIST);
	place = bpf_map_lookup_elem(&book_places, &t->key.place);
	if (!place)
		book_lose(places);
	return place;
}

/* --- sums --- */

/* `times`: what it stands for. */
static __always_inline void book_take(struct hp_use *use, __u64 since, __u64 weight, __u64 times)
{
	book_add(use->taken, weight * times);
	book_add(use->open, weight);
	book_add(use->open_since, weight * since);
}

/* `hold`: how long it was held, and what that stands for. */
static __always_inline void book_give(struct hp_use *use, __u64 since, __u64 hold, __u64 weight)
{
	book_add(use->open, -weight);
	book_add(use->open_since, -(weight * since));
	book_add(use->hold, weight * hold);
}

static __always_inline void book_waited(struct hp_uselock *lock, struct hp_uselock_place *place,
					__u64 ns)
{
	book_add(place->contended, book_times(ns));
	book_add(place->wait, book_time(ns, ns));
	if (ns > lock->longest_wait)
		lock->longest_wait = ns;
}

/* --- the stack of whoever takes a lock --- */

/*
 * 0, or how many times this one stands for. The chance to be chosen follows from how often the
 * place was passed before, so it does not depend on what is chosen.
 */
static __noinline __u32 book_coin(struct hp_uselock_place *place, __u64 now)
{
	__u64 gap = now - place->last, weight;
	bool first = place->last <= hp_pthread_opened;

	place->last = now;
	if (first || (__s64)gap < 0)
		return 1;
	gap = (place->gap * 7 + gap) / 8;
	place->gap = gap;
	if (gap >= BOOK_STACK_NS)
		return 1;
	weight = gap ? BOOK_STACK_NS / gap : BOOK_MOST;
	if (weight > BOOK_MOST)
		weight = BOOK_MOST;
	if (weight < 1)
		weight = 1;
	return bpf_get_prandom_u32() % (__u32)weight ? 0 : (__u32)weight;
}

/* The caller's stack, be it at the entry or at the return. */
static __noinline __u64 book_walk(struct pt_regs *ctx, __u64 to, __u32 returned)
{
	struct hp_stats *stats = hp_stats_of(HP_KIND_LOCK);
	struct hp_walk *walk;
	__u64 user;

	if (!stats || hp_config.no_user)
		return 0;
	walk = hp_walk_take();
	if (!walk)
		return 0;
	HP_WALK_REGS(walk, ctx);
	if (!returned) {
		walk->regs.ip = to;
		walk->regs.sp += sizeof(to);
		walk->innermost[7] = walk->regs.sp;
	}
	walk->returned = 1;
	user = hp_stack_user(bpf_get_current_task_btf(), walk, stats);
	walk->returned = 0;
	hp_walk_give(walk);
	return user;
}

/* The sums of t->key. NULL: none, and there is no room. */
static __noinline struct hp_uselock_stack *book_stack(struct book_thread *t)
{
	struct hp_uselock_stack *stack = bpf_map_lookup_elem(&book_stacks, &t->key);

	if (stack)
		return stack;
	__builtin_memset(&t->blank.stack, 0, sizeof(t->blank.stack));
	hp_sample_fill(&t->blank.stack.sample, bpf_get_current_task_btf(), HP_KIND_LOCK,
		       t->key.stack, 0, 0);
	bpf_map_update_elem(&book_stacks, &t->key, &t->blank.stack, BPF_NOEXIST);
	return bpf_map_lookup_elem(&book_stacks, &t->key);
}

/* --- taking and giving --- */

/* If the coin says so: the stack of the call that t->fresh is from, whose sums are the result. */
static __always_inline struct hp_uselock_stack *book_sample(struct pt_regs *ctx,
							    struct book_thread *t,
							    struct hp_uselock_place *place,
							    __u32 returned)
{
	struct hp_uselock_stack *stack;

	t->fresh.weight = book_coin(place, bpf_ktime_get_ns());
	t->fresh.stack = 0;
	if (!t->fresh.weight)
		return NULL;
	t->fresh.stack = book_walk(ctx, t->fresh.to, returned);
	t->key.stack = t->fresh.stack;
	t->key.thread = hp_pthread_threads ? (__u32)bpf_get_current_pid_tgid() : 0;
	stack = book_stack(t);
	if (!stack)
		t->fresh.weight = 0;
	return stack;
}

/* How the current thread comes to a lock, as of t->key and t->fresh, which lacks its stack. What it
 * has to keep is in `t`: on 6.1 the 512 bytes of stack hold no more behind the unwinder's. */
static __noinline void book_begin(struct pt_regs *ctx, struct book_thread *t, __u32 class,
				  __u32 returned)
{
	struct hp_uselock *lock = book_lock(t, class);
	struct hp_uselock_place *place;
	struct hp_uselock_stack *stack;
	__u32 n;

	if (!lock)
		return;
	place = book_place(t, t->fresh.to);
	if (!place)
		return;
	t->times = book_times(t->fresh.since - t->fresh.asked);
	book_take(&place->use, t->fresh.since, 1, t->times);
	book_sum(t->times, 0);
	if (returned && t->at.contended)
		book_waited(lock, place, t->fresh.since - t->fresh.asked);
	stack = book_sample(ctx, t, place, returned);
	if (stack)
		book_take(&stack->use, t->fresh.since, t->fresh.weight, t->times);
	if (!t->fresh.shared) {
		lock->held = t->fresh;
		lock->owner = (__u32)bpf_get_current_pid_tgid();
	}
	n = t->n;
	if (n < BOOK_HELD) {
		t->held[n] = t->fresh;
		t->n = n + 1;
	} else {
		book_lose(deep);
	}
}

/* The thread has the lock already: t->fresh is this call. */
static __noinline void book_again(struct pt_regs *ctx, struct book_thread *t, __u32 returned)
{
	struct hp_uselock_place *place = book_place(t, t->fresh.to);
	__u64 times = book_times(t->fresh.since - t->fresh.asked);
	struct hp_uselock_stack *stack;

	if (!place)
		return;
	book_add(place->use.taken, times);
	book_sum(times, 0);
	stack = book_sample(ctx, t, place, returned);
	if (stack)
		book_add(stack->use.taken, t->fresh.weight * times);
}

/* Nobody has it any more: t->key names it, t->fresh is how it was held. */
static __noinline void book_end(struct book_thread *t, struct hp_uselock *lock, __u64 now)
{
	struct hp_uselock_place *place;
	struct hp_uselock_stack *stack;
	__u64 from = t->fresh.since, edge, hold;

	t->key.place.to = t->fresh.to;
	place = bpf_map_lookup_elem(&book_places, &t->key.place);
	edge = t->fresh.shared ? lock->released_exclusive : lock->released;
	if (edge > from) { /* it was not free any more */
		if (place)
			book_waited(lock, place, edge - from);
		from = edge;
	}
	if (now < from)
		from = now;
	hold = book_time(now - from, now - t->fresh.asked);
	book_sum(0, hold);
	if (place)
		book_give(&place->use, t->fresh.since, hold, 1);
	if (t->fresh.weight) {
		t->key.stack = t->fresh.stack;
		t->key.thread = hp_pthread_threads ? (__u32)bpf_get_current_pid_tgid() : 0;
		stack = bpf_map_lookup_elem(&book_stacks, &t->key);
		if (stack)
			book_give(&stack->use, t->fresh.since, hold, t->fresh.weight);
	}
	if (now - from > lock->longest_hold)
		lock->longest_hold = now - from;
	lock->released = now;
	if (!t->fresh.shared)
		lock->released_exclusive = now;
}

/* Which of the thread's locks is it? BOOK_HELD: none of them. */
static __always_inline __u32 book_find(struct book_thread *t, __u64 address)
{
	for (__u32 i = 0; i < BOOK_HELD; i++) {
		if (i >= t->n)
			break;
		if (t->held[i].address == address)
			return i;
	}
	return BOOK_HELD;
}

/* Takes it out; t->fresh is it. */
static __always_inline void book_drop(struct book_thread *t, __u32 i)
{
	__u32 last = t->n - 1;

	if (i >= BOOK_HELD)
		return;
	t->fresh = t->held[i];
	hp_opaque(last);
	if (last >= BOOK_HELD)
		return;
	t->held[i] = t->held[last];
	t->n = last;
}

/* Of locks that threads unlock for each other: has somebody done so with this one? */
static __always_inline bool book_is_stale(struct hp_uselock *lock, struct hp_held *held)
{
	return lock->handed && !held->shared &&
	       (lock->owner != (__u32)bpf_get_current_pid_tgid() ||
		lock->held.since != held->since);
}

#endif
