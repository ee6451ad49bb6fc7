/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_LOCK_H
#define HOSTPROF_LOCK_H
/*
 * Waits for locks on the wire: the exact sums of each lock in hp_locks, read at the end, and the
 * sampled waits (event.h). A lock is an address in a program: 8-aligned where the C library
 * waits on different words of one object, else that of the word that is waited on. A process that
 * execs is another program. A lock of the kernel's is as many locks as processes wait for it, and
 * its address is its own.
 */
#include <linux/types.h>

enum hp_lock_class {
#define HP_LOCK(id, name, what, held) HP_LOCK_##id,
#include "hostprof/locks.def"
#undef HP_LOCK
	HP_LOCK_CLASSES
};

struct hp_lock_key {
	__u64 address;
	__u32 tgid;  /* whose thread waits */
	__u16 class; /* enum hp_lock_class, as far as the kernel side can tell */
	__u16 exec;  /* how many programs the process has been; the kernel's locks: 0 */
};

/*
 * A contention is a thread that goes to sleep for the lock. One that is woken, finds that another
 * was faster and sleeps again counts again: from outside that cannot be told from one that had the
 * lock for an instant in between.
 */
struct hp_lock_sum {
	__u64 contentions;
	__u64 ns;
	__u64 longest; /* ns */
	/* The kernel side's own. */
	__u64 got;	   /* of a futex: the thread that was last woken to have it */
	__u64 last, cycle; /* of the coin that chooses waits for a kernel lock */
};

#define HP_LOCKS_MAX	    32768 /* in hp_locks; more are counted as lost */
#define HP_LOCKS_KERNEL_MAX 16384 /* of the kernel's; what is more is one lock a process, at 0 */

#endif
