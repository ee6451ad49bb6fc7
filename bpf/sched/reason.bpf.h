/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HP_REASON_BPF_H
#define HP_REASON_BPF_H
/*
 * Why does a thread leave the CPU? From its state, and from the registers and arguments with
 * which it entered the kernel: no tracepoint on system calls, which would slow every one of them.
 */
#include "lib/hp.bpf.h"

enum hp_syscall_class {
	HP_CLASS_OTHER,
	HP_CLASS_FD,
	HP_CLASS_OPEN,
	HP_CLASS_POLL,
	HP_CLASS_SLEEP,
	HP_CLASS_CHILD,
	HP_CLASS_FORK,
	HP_CLASS_NET,
	HP_CLASS_DISK,
	HP_CLASS_WAIT,
	HP_CLASS_LOCK,
	HP_CLASS_FUTEX,
	HP_CLASS_RESTART,
};

#define HP_SYSCALL_NUMBERS 512 /* the highest is not used: it stands for "there is none" */

/* One row a way to enter the kernel: 64-bit and 32-bit programs. */
const volatile __u8 hp_syscall_class[2][HP_SYSCALL_NUMBERS] = {
	{
#define HP_SYSCALL(class, number) [number] = HP_CLASS_##class,
#include "hostprof/syscalls.def"
#undef HP_SYSCALL
	},
	{
#define HP_SYSCALL32(class, number) [number] = HP_CLASS_##class,
#include "hostprof/syscalls.def"
#undef HP_SYSCALL32
	},
};

/* include/uapi/linux/futex.h */
#define FUTEX_WAIT	      0
#define FUTEX_LOCK_PI	      6
#define FUTEX_WAIT_BITSET     9
#define FUTEX_WAIT_REQUEUE_PI 11
#define FUTEX_LOCK_PI2	      13
#define FUTEX_CMD_MASK	      0x7f

/* Of a RwLock of Rust (1.62): a writer has it, readers wait, no writer does. */
#define HP_RUST_WRITTEN 0x7fffffffu

/* A system call's number and first arguments, whichever way it was made. */
struct hp_call {
	__s64 nr;
	__u64 arg[3];
	__u64 sp; /* the thread's stack pointer */
	__u32 class;
};

static __always_inline void hp_call_of(struct task_struct *task, struct hp_call *call)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
	__u32 compat = task->thread_info.status & HP_TS_COMPAT ? 1 : 0;
	__u64 nr;

	/* The kernel sign-extends neither: an exception or interrupt leaves -1 here. */
	call->nr = (__s64)regs->orig_ax;
	call->sp = regs->sp;
	if (compat) {
		call->arg[0] = (__u32)regs->bx;
		call->arg[1] = (__u32)regs->cx;
		call->arg[2] = (__u32)regs->dx;
	} else {
		call->arg[0] = regs->di;
		call->arg[1] = regs->si;
		call->arg[2] = regs->dx;
	}
	nr = (__u64)call->nr;
	if (nr >= HP_SYSCALL_NUMBERS - 1)
		nr = HP_SYSCALL_NUMBERS - 1;
	hp_opaque(nr);
	call->class = nr < HP_SYSCALL_NUMBERS - 1 ? hp_syscall_class[compat][nr] : HP_CLASS_OTHER;
}

/*
 * Is it a lock that someone holds, or an event? By what the C libraries wait for. A mutex of
 * glibc, of Rust and of Go is 2 when it has waiters; glibc's rwlock waits for 2 or 3, by bit set;
 * a mutex of musl, and any lock with priority inheritance, has the top bit for its waiters.
 * Rust's rwlock waits for a writer to go by bit set, too. Conditions, semaphores and barriers
 * count, mostly from 0; join waits for a thread's id.
 */
static __always_inline __u32 hp_reason_futex(const struct hp_call *call)
{
	__u32 command = call->arg[1] & FUTEX_CMD_MASK, value = call->arg[2];

	if (command == FUTEX_LOCK_PI || command == FUTEX_LOCK_PI2)
		return HP_REASON_LOCK;
	if (command == FUTEX_WAIT_REQUEUE_PI)
		return HP_REASON_WAIT;
	if (value == 2 || (value & 0x80000000u && value != 0xffffffffu))
		return HP_REASON_LOCK;
	return command == FUTEX_WAIT_BITSET && (value == 3 || value == HP_RUST_WRITTEN)
		       ? HP_REASON_LOCK
		       : HP_REASON_WAIT;
}

static __always_inline bool hp_futex_wakes(const struct hp_call *call)
{
	__u32 command = call->arg[1] & FUTEX_CMD_MASK;

	return command != FUTEX_WAIT && command != FUTEX_WAIT_BITSET && command != FUTEX_LOCK_PI &&
	       command != FUTEX_LOCK_PI2 && command != FUTEX_WAIT_REQUEUE_PI;
}

/* 6.2 (a35b9af4ec2c): reads through what it returns are plain loads, which are ten times cheaper
 * than a helper call each. */
void *bpf_rdonly_cast(const void *object, __u32 btf_id) __ksym __weak;

static __always_inline __u32 hp_file_mode(struct file *file)
{
	if (bpf_rdonly_cast) {
		file = bpf_rdonly_cast(file, bpf_core_type_id_kernel(struct file));
		return file->f_inode->i_mode;
	}
	return BPF_CORE_READ(file, f_inode, i_mode);
}

/* A file that is not in the file system (eventfd, timerfd, inotify) has no type in its mode. */
static __always_inline __u32 hp_reason_file(struct task_struct *task, __u64 fd)
{
	struct fdtable *table = task->files->fdt;
	struct file *file = NULL;

	if ((__u32)fd >= table->max_fds)
		return HP_REASON_OTHER;
	if (bpf_rdonly_cast) { /* as a pointer in some structure: there is no cast to a plain one */
		struct hlist_head *at = bpf_rdonly_cast(table->fd + (__u32)fd,
							bpf_core_type_id_kernel(struct hlist_head));
		file = (void *)at->first;
	} else {
		bpf_probe_read_kernel(&file, sizeof(file), table->fd + (__u32)fd);
	}
	if (!file)
		return HP_REASON_OTHER;
	switch (hp_file_mode(file) & S_IFMT) {
	case S_IFIFO: return HP_REASON_PIPE;
	case S_IFSOCK: return HP_REASON_NET;
	case S_IFREG:
	case S_IFDIR:
	case S_IFBLK: return HP_REASON_DISK;
	case S_IFCHR: /* a terminal, a device: until something comes */
	case 0: return HP_REASON_POLL;
	}
	return HP_REASON_OTHER;
}

static __always_inline __u32 hp_reason_call(struct task_struct *task, const struct hp_call *call,
					    __u32 before)
{
	switch (call->class) {
	case HP_CLASS_FD: return hp_reason_file(task, call->arg[0]);
	case HP_CLASS_OPEN: /* a named pipe without its other end */ return HP_REASON_PIPE;
	case HP_CLASS_POLL: return HP_REASON_POLL;
	case HP_CLASS_SLEEP: return HP_REASON_SLEEP;
	case HP_CLASS_CHILD:
	case HP_CLASS_FORK: return HP_REASON_CHILD;
	case HP_CLASS_NET: return HP_REASON_NET;
	case HP_CLASS_DISK: return HP_REASON_DISK;
	case HP_CLASS_WAIT: return HP_REASON_WAIT;
	case HP_CLASS_LOCK: return HP_REASON_LOCK;
	case HP_CLASS_FUTEX: return hp_reason_futex(call);
	case HP_CLASS_RESTART: return before;
	}
	return HP_REASON_OTHER;
}

/* Of a task in TASK_UNINTERRUPTIBLE without I/O: a lock of the kernel's, but for these. */
static __always_inline __u32 hp_reason_uninterruptible(const struct hp_call *call)
{
	if (call->nr < 0)
		return HP_REASON_KERNEL;
	if (call->class == HP_CLASS_DISK) /* the journal's commit is not waited for as I/O */
		return HP_REASON_DISK;
	if (call->class == HP_CLASS_FORK)
		return HP_REASON_CHILD;
	return HP_REASON_KERNEL;
}

/*
 * Which wait does a thread go on with in restart_syscall(2), where the one before was not seen? By
 * the name of the kernel's function that does it.
 */
static __always_inline __u32 hp_reason_restart(struct task_struct *task)
{
	static const char format[] = "%ps";
	__u64 fn = (__u64)task->restart_block.fn;
	char name[8] = {};

	bpf_snprintf(name, sizeof(name), format, &fn, sizeof(fn));
	switch (name[0]) {
	case 'h': /* hrtimer_nanosleep_restart */
	case 'a': /* alarm_timer_nsleep_restart */
	case 'p': /* posix_cpu_nsleep_restart */ return HP_REASON_SLEEP;
	case 'f': /* futex_wait_restart, before it runs; then do_no_restart_syscall */
		return HP_REASON_WAIT;
	case 'd': /* do_restart_poll */ return name[3] == 'r' ? HP_REASON_POLL : HP_REASON_WAIT;
	}
	return HP_REASON_OTHER;
}

/*
 * By a signal, a debugger or a freezer. The freezer of cgroup2 has no state of its own: its threads
 * sleep on their way back to the program. The parent of a vfork is marked as if it were frozen, but
 * cannot be interrupted.
 */
static __always_inline bool hp_reason_stopped(struct task_struct *task, __u32 state)
{
	return state & (TASK_STOPPED | TASK_TRACED | TASK_FROZEN) ||
	       (!(state & TASK_UNINTERRUPTIBLE) && BPF_CORE_READ_BITFIELD(task, frozen));
}

/*
 * `state` is not 0; `before`: the reason of its last wait that was no stop, which can go on behind
 * one. The call is filled for those that have one to tell; else its class is HP_CLASS_OTHER.
 */
static __always_inline __u32 hp_reason_of(struct task_struct *task, __u32 state, __u32 before,
					  struct hp_call *call)
{
	bool iowait;

	call->class = HP_CLASS_OTHER;
	if (hp_reason_stopped(task, state))
		return HP_REASON_STOPPED;
	iowait = BPF_CORE_READ_BITFIELD(task, in_iowait);
	if (task->flags & PF_NO_USER) {
		if (iowait)
			return HP_REASON_DISK;
		return (state & (TASK_UNINTERRUPTIBLE | TASK_NOLOAD)) == TASK_UNINTERRUPTIBLE
			       ? HP_REASON_KERNEL
			       : HP_REASON_WAIT;
	}
	hp_call_of(task, call);
	if (iowait)
		return call->nr < 0 ? HP_REASON_PAGEFAULT : HP_REASON_DISK;
	if (state & TASK_UNINTERRUPTIBLE)
		return hp_reason_uninterruptible(call);
	if (call->nr < 0) /* from an exception: userfaultfd, if anything */
		return HP_REASON_PAGEFAULT;
	return hp_reason_call(task, call, before);
}

#endif
