// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The heap probe: what the allocators of some processes are asked for, and what is not freed.
 * Which instructions of which functions, and what is in which register there, is in heap_sites,
 * by the cookie of the probe. Its user half fills that and attaches.
 *
 * A byte in hp_heap_spacing is a sample point, and the allocation it falls into is sampled: only
 * then its return is probed too, where its address is known and the stack is its caller's. The
 * state of such a call is with the kernel's return probe, so a longjmp or an exit leaves nothing
 * behind; what does not fit there is in a table that forgets. Kernels without sessions (before
 * 6.13) pay for each call's return, and use that table for all that is sampled. A sampled block
 * stays in heap_live until it is freed, by whichever thread: free costs one look there.
 */
#include "lib/args.bpf.h"
#include "lib/config.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/random.bpf.h"
#include "lib/sample.bpf.h"
#include "unwind/unwind.h"

extern bool bpf_session_is_return(void) __ksym __weak;
extern __u64 *bpf_session_cookie(void) __ksym __weak;

/* Set before loading. */
const volatile __u64 hp_heap_spacing = 524288; /* bytes; 1: every allocation */
const volatile __u32 hp_heap_filter;	       /* the processes attached to are not enough */
const volatile __u32 hp_heap_sessions = 1;     /* else an entry probe and a return probe a call */
const volatile __u64 hp_heap_throws_most = 16 << 20; /* see heap_returns() */

/* Set while it runs: see probe_window. */
volatile __u32 hp_heap_shut;   /* what is allocated now is not looked at */
volatile __u32 hp_heap_ended;  /* nor what is freed */
volatile __u32 hp_heap_weight; /* of samples, less one */
volatile __u32 hp_heap_window; /* a number: what a thread was in, in another one, is over */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, HP_HEAP_SITES);
	__type(key, __u32);
	__type(value, struct hp_site);
} heap_sites SEC(".maps");

/* Bytes to the next sample point. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __s64);
} heap_next SEC(".maps");

struct heap_key {
	__u64 tgid, address;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536); /* set before loading */
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct heap_key);
	__type(value, struct hp_live);
} heap_live SEC(".maps");

/* A call that is under way and has more to remember than a session's cookie holds. */
struct heap_call_key {
	__u64 thread, sp;
};

struct heap_call {
	__u64 cookie;	   /* as of a session */
	__u64 to;	   /* where the pointer will be; 0: in the result */
	__u64 old_address; /* 0: none was sampled */
	struct hp_live old;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct heap_call_key);
	__type(value, struct heap_call);
} heap_calls SEC(".maps");

/* The last function of a thread that can enter others by a jump. */
struct heap_jump {
	__u64 sp;
	__u64 to;	 /* where it returns to; HEAP_PROBED: the kernel has put its own there */
	__u64 functions; /* that it can enter; a bit each */
	__u64 window;	 /* hp_heap_window */
};
#define HEAP_PROBED (~0ull)

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct heap_jump);
} heap_jumps SEC(".maps");

/* A session's cookie: the size, and what else there is to know. */
#define HEAP_SIZE_SHIFT	 8
#define HEAP_SIZE_MOST	 (1ull << 47)
#define HEAP_FLAG_SAMPLE 1u
#define HEAP_FLAG_CALL	 2u /* there is an entry in heap_calls */

/* Was it entered by another function of the allocator? */
static __always_inline bool heap_is_inner(struct pt_regs *ctx, struct hp_site *site)
{
	struct task_struct *task;
	struct heap_jump *jump;
	__u64 sp = ctx->sp, to = 0;

	if (!site->n_returns && !site->jumped_from && !site->jumps_to)
		return false;
	if (bpf_probe_read_user(&to, sizeof(to), (void *)sp))
		return false;
	/* A return address in the file, by where this instruction is there. */
	for (__u32 i = 0; i < HP_SITE_RETURNS && i < site->n_returns; i++)
		if (to - ctx->ip + site->address == site->returns[i])
			return true;
	if (!site->jumped_from && !site->jumps_to)
		return false;
	task = bpf_get_current_task_btf();
	jump = bpf_task_storage_get(&heap_jumps, task, NULL,
				    site->jumps_to ? BPF_LOCAL_STORAGE_GET_F_CREATE : 0);
	if (!jump)
		return false;
	if (jump->sp == sp && jump->window == hp_heap_window &&
	    (jump->to == to || jump->to == HEAP_PROBED) &&
	    jump->functions >> (site->function & 63) & 1) {
		jump->functions |= site->jumps_to; /* and on from here */
		return true;
	}
	jump->functions = site->jumps_to;
	jump->sp = sp;
	jump->window = hp_heap_window;
	jump->to = hp_heap_sessions ? to : HEAP_PROBED;
	return false;
}

/* Its return is probed from now, or has been: it enters no other any more. */
static __always_inline void heap_jump_probed(__u64 to)
{
	struct heap_jump *jump =
		bpf_task_storage_get(&heap_jumps, bpf_get_current_task_btf(), NULL, 0);

	if (!jump)
		return;
	jump->to = to;
	if (!to)
		jump->functions = 0;
}

/* The bytes asked for; HEAP_SIZE_MOST: more than there can be, and it will fail. */
static __always_inline __u64 heap_size(struct pt_regs *ctx, struct hp_site *site)
{
	__u64 size = hp_register(ctx, site->size), count;

	if (size >= HEAP_SIZE_MOST)
		return HEAP_SIZE_MOST;
	if (site->count == HP_SITE_NONE)
		return size;
	count = hp_register(ctx, site->count);
	if (count >= HEAP_SIZE_MOST || (size && count > HEAP_SIZE_MOST / size))
		return HEAP_SIZE_MOST;
	return size * count;
}

/* Does a sample point lie in the next `size` bytes? */
static __always_inline bool heap_is_due(__u64 size)
{
	__u32 zero = 0;
	__s64 *next, left;
	__u64 distance;

	if (hp_heap_spacing <= 1)
		return true;
	next = bpf_map_lookup_elem(&heap_next, &zero);
	if (!next)
		return false;
	/* Preempted between two lines, another task counts down from where this one has left. */
	left = __sync_fetch_and_add(next, -(__s64)size);
	if (left > (__s64)size)
		return false;
	if (left <= 0) /* the one that has drawn that point is about to draw the next */
		return false;
	distance = hp_exponential(hp_heap_spacing, bpf_get_prandom_u32());
	__sync_fetch_and_add(next, (__s64)distance + (__s64)size - left);
	return true;
}

/* A function of its own: before 6.13 the stack of a program and all it calls has 512 bytes. */
static __noinline int heap_tell_freed(struct hp_live *live)
{
	struct hp_stats *stats = hp_stats_of(HP_KIND_HEAP);
	struct hp_freed freed = {
		.type = HP_EVENT_FREED,
		.tgid = live->sample.tgid,
		.start = live->sample.start,
		.user_stack = live->sample.user_stack,
		.size = live->sample.value,
		.born = live->time,
	};

	freed.freed = bpf_ktime_get_ns();
	if (hp_ring_write(&freed, sizeof(freed), hp_ring_flags(hp_config.ring_wake)) && stats)
		hp_count(stats->frees_lost);
	return 0;
}

/* The sampled block that is about to be reallocated is taken out: it may be gone at the return. */
static __always_inline bool heap_take_old(__u64 address, struct heap_call *call)
{
	struct heap_key key = {.address = address};
	struct hp_live *old;

	if (!address)
		return false;
	key.tgid = bpf_get_current_pid_tgid() >> 32;
	old = bpf_map_lookup_elem(&heap_live, &key);
	if (!old)
		return false;
	__builtin_memcpy(&call->old, old, sizeof(call->old));
	call->old_address = address;
	return !bpf_map_delete_elem(&heap_live, &key);
}

/* Not 0: probe the return, and hand it this. */
static __always_inline __u64 heap_called(struct pt_regs *ctx)
{
	__u32 index = bpf_get_attach_cookie(ctx);
	struct hp_site *site = bpf_map_lookup_elem(&heap_sites, &index);
	struct heap_call_key key = {.sp = ctx->sp};
	struct heap_call call = {};
	__u64 size, flags = 0;

	if (hp_heap_shut || !site || site->size == HP_SITE_NONE)
		return 0;
	if (hp_heap_filter && !hp_filter_task(bpf_get_current_task_btf()))
		return 0;
	if (heap_is_inner(ctx, site))
		return 0;
	size = heap_size(ctx, site);
	if (size >= HEAP_SIZE_MOST)
		return 0;
	if (heap_is_due(size))
		flags = HEAP_FLAG_SAMPLE;
	if (site->ptr != HP_SITE_NONE) {
		__u64 ptr = hp_register(ctx, site->ptr);

		if (site->flags & HP_SITE_POINTER) {
			call.to = ptr;
			if (flags)
				flags |= HEAP_FLAG_CALL;
		} else if (heap_take_old(ptr, &call)) {
			flags |= HEAP_FLAG_CALL;
		}
	}
	if (!flags)
		return 0;
	/* A C++ exception must not meet a return probe, which would end the program. Those of this
	 * size and less come when all is lost anyway. */
	if (site->flags & HP_SITE_THROWS && size > hp_heap_throws_most) {
		struct hp_stats *stats = hp_stats_of(HP_KIND_HEAP);

		if (stats) {
			hp_count(stats->attempted);
			hp_count(stats->lost[HP_LOSS_THROWS]);
		}
		return 0;
	}
	if (!hp_heap_sessions)
		flags |= HEAP_FLAG_CALL;
	if (flags & HEAP_FLAG_CALL) {
		key.thread = bpf_get_current_pid_tgid();
		call.cookie = size << HEAP_SIZE_SHIFT | flags;
		if (bpf_map_update_elem(&heap_calls, &key, &call, BPF_ANY))
			return 0;
	}
	if (site->jumps_to)
		heap_jump_probed(HEAP_PROBED);
	return size << HEAP_SIZE_SHIFT | flags;
}

static __always_inline __u64 heap_stack(struct pt_regs *ctx, struct task_struct *task,
					struct hp_stats *stats, bool *ret_taken)
{
	struct hp_walk *walk = hp_walk_take();
	__u64 user = 0;

	*ret_taken = walk;
	if (!walk)
		return 0;
	HP_WALK_REGS(walk, ctx);
	walk->returned = 1;
	if (!hp_config.no_user)
		user = hp_stack_user(task, walk, stats);
	walk->returned = 0;
	hp_walk_give(walk);
	return user;
}

/* The walk is over: its stack is free for this. See heap_tell_freed(). */
static __noinline int heap_keep(__u64 size, __u64 address, __u64 user)
{
	struct hp_stats *stats = hp_stats_of(HP_KIND_HEAP);
	struct task_struct *task = bpf_get_current_task_btf();
	struct heap_key key = {.tgid = (__u32)task->tgid, .address = address};
	struct hp_live live = {}, *old;

	if (!stats)
		return 0;
	size |= (__u64)hp_heap_weight << HP_HEAP_WEIGHT_SHIFT;
	hp_sample_fill(&live.sample, task, HP_KIND_HEAP, user, 0, size);
	live.time = bpf_ktime_get_ns();
	hp_sample_put(&live.sample, sizeof(live.sample), stats);
	live.sample.type = HP_EVENT_LIVE;
	old = bpf_map_lookup_elem(&heap_live, &key);
	if (old) /* its free was not seen, but has been */
		heap_tell_freed(old);
	if (bpf_map_update_elem(&heap_live, &key, &live, BPF_ANY))
		hp_count(stats->unfollowed);
	return 0;
}

static __always_inline void heap_sample(struct pt_regs *ctx, __u64 size, __u64 address)
{
	struct hp_stats *stats = hp_stats_of(HP_KIND_HEAP);
	bool taken;
	__u64 user;

	if (!stats)
		return;
	hp_count(stats->attempted);
	user = heap_stack(ctx, bpf_get_current_task_btf(), stats, &taken);
	if (taken)
		heap_keep(size, address, user);
	else
		hp_count(stats->lost[HP_LOSS_NO_SLOT]);
}

/* Not reallocated: what was there is still there. Of no bytes: it was freed. */
static __always_inline void heap_settle_old(struct heap_call *call, __u64 address, __u64 thread)
{
	struct heap_key live = {.tgid = thread >> 32, .address = call->old_address};

	if (!call->old_address)
		return;
	if (!address && call->cookie >> HEAP_SIZE_SHIFT)
		bpf_map_update_elem(&heap_live, &live, &call->old, BPF_ANY);
	else
		heap_tell_freed(&call->old);
}

/* `cookie` 0: no session, and all there is to know is in heap_calls. */
static __always_inline int heap_returned(struct pt_regs *ctx, __u64 cookie)
{
	struct heap_call_key key = {.sp = ctx->sp - 8};
	__u64 address = ctx->ax, to;
	struct heap_call *call;

	heap_jump_probed(0);
	if (!cookie || cookie & HEAP_FLAG_CALL) {
		key.thread = bpf_get_current_pid_tgid();
		call = bpf_map_lookup_elem(&heap_calls, &key);
		if (!call)
			return 0;
		cookie = call->cookie;
		to = call->to;
		if (!to)
			heap_settle_old(call, address, key.thread);
		bpf_map_delete_elem(&heap_calls, &key);
		if (to) {
			if (address) /* an error's number */
				return 0;
			bpf_probe_read_user(&address, sizeof(address), (void *)to);
		}
	}
	if (address && (cookie & HEAP_FLAG_SAMPLE))
		heap_sample(ctx, cookie >> HEAP_SIZE_SHIFT, address);
	return 0;
}

/* hp_stats.ticks: traps. */
static __always_inline void heap_count_trap(void)
{
	struct hp_stats *stats = hp_stats_of(HP_KIND_HEAP);

	if (stats)
		hp_count(stats->ticks);
}

static __always_inline void heap_count_free(void)
{
	struct hp_stats *stats = hp_stats_of(HP_KIND_HEAP);

	if (!stats)
		return;
	hp_count(stats->ticks);
	hp_count(stats->free_ticks);
}

/* Attached as a session: one program for the entry and the return. */
SEC("kprobe")
int hp_heap_alloc(struct pt_regs *ctx)
{
	__u64 *cookie = bpf_session_cookie(), value;

	heap_count_trap();
	if (!cookie)
		return 1;
	if (bpf_session_is_return())
		return heap_returned(ctx, *cookie);
	value = heap_called(ctx);
	*cookie = value;
	return !value; /* 1: no return probe */
}

/* The two where there are no sessions. */
SEC("kprobe")
int hp_heap_enter(struct pt_regs *ctx)
{
	heap_count_trap();
	heap_called(ctx);
	return 0;
}

SEC("kprobe")
int hp_heap_leave(struct pt_regs *ctx)
{
	heap_count_trap();
	return heap_returned(ctx, 0);
}

SEC("kprobe")
int hp_heap_free(struct pt_regs *ctx)
{
	__u32 index = bpf_get_attach_cookie(ctx);
	struct hp_site *site = bpf_map_lookup_elem(&heap_sites, &index);
	struct heap_key key = {};
	struct hp_live *live;

	if (!site || hp_heap_ended) /* no site: see trap_cost() */
		return 0;
	heap_count_free();
	key.address = hp_register(ctx, site->ptr);
	if (!key.address)
		return 0;
	key.tgid = bpf_get_current_pid_tgid() >> 32;
	live = bpf_map_lookup_elem(&heap_live, &key);
	if (!live)
		return 0;
	heap_tell_freed(live);
	bpf_map_delete_elem(&heap_live, &key);
	return 0;
}

/* The blocks of the program before are gone; the reader forgets them. */
SEC("tp_btf/sched_process_exec")
int BPF_PROG(hp_heap_exec, struct task_struct *task)
{
	struct hp_exec exec = {.type = HP_EVENT_EXEC, .tgid = task->tgid};

	if (!hp_filter_task(bpf_get_current_task_btf()))
		return 0;
	exec.start = task->group_leader->start_boottime;
	exec.time = bpf_ktime_get_ns();
	hp_ring_write(&exec, sizeof(exec), BPF_RB_FORCE_WAKEUP);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
