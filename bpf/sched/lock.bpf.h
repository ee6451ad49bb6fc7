/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HP_LOCK_BPF_H
#define HP_LOCK_BPF_H
/*
 * Which lock does a thread wait for in futex(2), and who holds it? From its registers and the
 * futex word's neighbours, with no probe in the process. Every wait that is not too short is in its
 * lock's sums; those that the coin chose carry who had the lock, and what that thread did
 * meanwhile.
 *
 * glibc's mutexes name their owner. Whoever wakes a waiter of a lock has just given the lock back:
 * that one's turn ends there, and that of the woken begins. So a wait is divided into turns, from
 * its end backwards: the waker had the lock since it was woken itself, before that the thread that
 * woke the waker, and so on, as long as the ends of the turns meet. What is between the first
 * holder's turn and those stays nobody's. Where the lock names no owner, the first holder is the
 * thread that was last woken to have it, if it turns out later that the turns begin with it.
 */
#include "lib/locks.bpf.h"
#include "lib/sample.bpf.h"
#include "sched/account.bpf.h"
#include "sched/reason.bpf.h"

/* 6.2 (3f0e6f2b41d3), in the initial pid namespace; 6.14 (bpf_task_from_vpid), in the current
 * task's, as the numbers in user memory are. */
struct task_struct *bpf_task_from_pid(__s32 pid) __ksym __weak;
struct task_struct *bpf_task_from_vpid(__s32 vpid) __ksym __weak;
void bpf_task_release(struct task_struct *task) __ksym __weak;

/* A pthread_mutex_t of glibc on a 64-bit machine, as far as we look into it. */
struct hp_mutex {
	__u32 word, count, owner, users;
	__u32 kind, spins;
};
#define HP_MUTEX_KINDS 0x3ffu /* all bits that nptl/pthreadP.h gives a mutex's kind */

#define HP_OWN_FRAMES 1024u /* bytes of stack */

#define FUTEX_PRIVATE	     128u
#define FUTEX_CLOCK_REALTIME 256u
#define FUTEX_TID_MASK	     0x3fffffffu

/* Of a RwLock of Rust: by how many readers it is had, or all bits: by a writer; and writers wait.
 */
#define HP_RUST_HAD	0x3fffffffu
#define HP_RUST_READERS 0xffffu /* a process has no more threads than that, mostly */
#define HP_RUST_WRITERS 0x80000000u

/* The class as far as the call alone tells: the same for every wait for one lock, mostly. */
static __always_inline __u32 hp_lock_class(const struct hp_call *call, __u32 reason)
{
	__u32 operation = call->arg[1], command = operation & FUTEX_CMD_MASK;

	if (command == FUTEX_LOCK_PI || command == FUTEX_LOCK_PI2)
		return HP_LOCK_PI;
	/* A word in the caller's own frames is for others to wake it by: musl's conditions. */
	if (call->arg[0] - call->sp < HP_OWN_FRAMES)
		return HP_LOCK_EVENT;
	if (reason == HP_REASON_LOCK)
		return command == FUTEX_WAIT_BITSET && operation & FUTEX_CLOCK_REALTIME
			       ? HP_LOCK_RWLOCK
			       : HP_LOCK_FUTEX;
	/* pthread_join waits for the thread's id to be cleared, in memory the kernel shares. */
	return !(operation & FUTEX_PRIVATE) && command == FUTEX_WAIT_BITSET ? HP_LOCK_JOIN
									    : HP_LOCK_EVENT;
}

/*
 * Where the lock lies. A C library waits on different words of one object, 8-aligned: for rwlocks
 * and conditions by bit set, in musl's for what has the top bit. What is waited for in another way
 * is one word, and the word beside it can be another lock: a once_flag, a std::atomic, a Mutex of
 * Rust.
 */
static __always_inline __u64 hp_lock_address(const struct hp_call *call, __u32 class)
{
	__u32 command = call->arg[1] & FUTEX_CMD_MASK, value = call->arg[2];

	if (command == FUTEX_WAIT ? !(value >> 31) : class == HP_LOCK_FUTEX && value == 2)
		return call->arg[0];
	return call->arg[0] & ~7ull;
}

/*
 * Who wants to write to a RwLock of Rust waits for a counter to go on, as for a condition; the word
 * in front of that is the lock's. Other words can look so: whether it is one the stack has to tell.
 */
static __always_inline bool hp_lock_written(const struct hp_call *call)
{
	__u32 operation = call->arg[1], state = 0, had;

	if ((operation & ~FUTEX_PRIVATE) != FUTEX_WAIT_BITSET)
		return false;
	bpf_probe_read_user(&state, sizeof(state), (void *)(call->arg[0] - sizeof(state)));
	had = state & HP_RUST_HAD;
	return state & HP_RUST_WRITERS && had && (had <= HP_RUST_READERS || had == HP_RUST_HAD);
}

/*
 * The number of the thread that holds it, in its own namespace, where the memory says so; 0. Rust's
 * and Go's mutexes are one word, and what is behind it can look like anything: the number must be
 * that of a thread of this very process, too, which is looked at later.
 */
static __always_inline __u32 hp_lock_owner(struct task_struct *task, const struct hp_call *call,
					   __u32 *class)
{
	struct hp_mutex mutex;
	__u32 word = 0;

	if (task->thread_info.status & HP_TS_COMPAT) /* other layouts */
		return 0;
	if (*class == HP_LOCK_PI) {
		bpf_probe_read_user(&word, sizeof(word), (void *)call->arg[0]);
		return word & FUTEX_TID_MASK;
	}
	if (*class != HP_LOCK_FUTEX || (call->arg[1] & FUTEX_CMD_MASK) != FUTEX_WAIT ||
	    (__u32)call->arg[2] != 2 ||
	    bpf_probe_read_user(&mutex, sizeof(mutex), (void *)call->arg[0]))
		return 0;
	if (mutex.word != 2 || !mutex.owner || !mutex.users || mutex.kind & ~HP_MUTEX_KINDS)
		return 0;
	*class = HP_LOCK_MUTEX;
	return mutex.owner;
}

/* A thread's number in its own namespace. */
static __always_inline __u32 hp_task_number(struct task_struct *task)
{
	struct pid *pid = BPF_CORE_READ(task, thread_pid);
	__u32 level = BPF_CORE_READ(pid, level), number = 0;

	bpf_probe_read_kernel(&number, sizeof(number),
			      (void *)pid + hp_field_offset(struct pid, numbers) +
				      level * bpf_core_type_size(struct upid) +
				      hp_field_offset(struct upid, nr));
	return number;
}

/* The thread of a number in the current task's namespace; to be released. */
static __always_inline struct task_struct *hp_task_by_number(__u32 number)
{
	if (bpf_task_from_vpid)
		return bpf_task_from_vpid(number);
	if (bpf_task_from_pid && !BPF_CORE_READ(bpf_get_current_task_btf(), thread_pid, level))
		return bpf_task_from_pid(number);
	return NULL;
}

/* What a thread has done until now, with what is under way. */
static __always_inline void hp_turn_read(const struct hp_task *h, __u64 now, struct hp_turn *turn)
{
	__u64 open = now - h->since;

	if ((__s64)open < 0) /* it was settled on another CPU since `now` was read */
		open = 0;
	turn->time = now;
	turn->runq = h->ledger.runq + (h->state == HP_TASK_RUNQ ? open : 0);
	turn->blocked = h->blocked + (h->state == HP_TASK_BLOCKED ? open : 0);
	turn->reason = h->reason;
	turn->user_stack = h->user_stack;
	turn->kernel_stack = h->kernel_stack;
	turn->stacks_until = h->state == HP_TASK_BLOCKED && h->weight ? now : h->stacks_until;
}

static __always_inline __u64 hp_turn_part(__u64 until, __u64 from, __u64 most)
{
	__s64 part = until - from; /* the run queue's can sink: see hp_account_cpu() */

	if (part < 0)
		return 0;
	return (__u64)part > most ? most : (__u64)part;
}

/* What it waited for last, and where, if that lay behind `from`. */
static __always_inline void hp_turn_stack(const struct hp_turn *until, __u64 from,
					  struct hp_lock_turn *to)
{
	to->reason = until->reason;
	if (!to->wait || until->stacks_until <= from)
		return;
	to->stack = until->user_stack;
	to->kernel_stack = until->kernel_stack;
}

/* What it did from one to the other. What is neither blocked nor queued was on a CPU. */
static __always_inline void hp_turn_split(const struct hp_turn *from, const struct hp_turn *until,
					  struct hp_lock_turn *to)
{
	__u64 ns = hp_turn_part(until->time, from->time, ~0ull);

	to->wait = hp_turn_part(until->blocked, from->blocked, ns);
	to->runq = hp_turn_part(until->runq, from->runq, ns - to->wait);
	to->cpu = ns - to->wait - to->runq;
	hp_turn_stack(until, from->time, to);
}

/*
 * What a thread that is on a CPU did since `from`, as far as it is known without having looked
 * then: this time on the CPU, the wait for it, and the wait before that.
 */
static __always_inline void hp_turn_recent(const struct hp_task *h, __u64 from, __u64 now,
					   struct hp_lock_turn *to)
{
	__u64 running = h->since, queued = running - h->queued, blocked = h->waited_at;

	if (h->state != HP_TASK_CPU)
		return;
	if (running <= from) {
		to->cpu = now - from;
		return;
	}
	to->cpu = now - running;
	if (queued <= from) {
		to->runq = running - from;
		return;
	}
	to->runq = running - queued;
	if (h->blocked_until != queued) /* it ran between that wait and this one for a CPU */
		return;
	to->wait = queued - (blocked > from ? blocked : from);
}

static __always_inline struct hp_lock_key hp_lock_key_of(const struct hp_lock_seen *lock,
							 const struct task_struct *task)
{
	return (struct hp_lock_key){.address = lock->address,
				    .tgid = task->tgid,
				    .class = lock->call_class,
				    .exec = (__u16)task->self_exec_id};
}

/* A task's wait for a lock is over; `got`: it was given the lock. */
static __always_inline void hp_lock_over(const struct hp_lock_seen *lock,
					 const struct task_struct *task, __u64 ns, bool got)
{
	struct hp_lock_key key = hp_lock_key_of(lock, task);
	struct hp_stats *stats = hp_stats_of(HP_KIND_LOCK);
	struct hp_lock_sum *sum = stats ? hp_lock_find(&key, stats) : NULL;

	if (!sum)
		return;
	hp_lock_count(sum, ns);
	if (got)
		sum->got = task->pid;
}

/* The thread that was given it last, or 0; `task` is one of its program's. */
static __always_inline __u32 hp_lock_got(const struct hp_lock_seen *lock,
					 const struct task_struct *task)
{
	struct hp_lock_key key = hp_lock_key_of(lock, task);
	struct hp_lock_sum *sum = bpf_map_lookup_elem(&hp_locks, &key);

	return sum ? sum->got : 0;
}

/* Could a thread have it while others wait? As far as the call tells. */
static __always_inline bool hp_lock_held(const struct hp_lock_seen *lock)
{
	return lock->call_class != HP_LOCK_EVENT && lock->call_class != HP_LOCK_JOIN;
}

#endif
