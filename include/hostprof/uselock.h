/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_USELOCK_H
#define HOSTPROF_USELOCK_H
/*
 * The use of locks, as seen by probes in the C library: how often they are taken, how long they
 * are held, and in which order. All of it is summed in the kernel and read at the end, in these
 * records. Times are ns of CLOCK_MONOTONIC. Both compilers read this file.
 *
 * What is known of each lock and each place that takes it (the caller's return address) is exact.
 * Which stacks lead to a place is sampled: a stack's numbers are only good for its share.
 */
#include <linux/types.h>
#include "hostprof/event.h"

#define HP_USELOCK_SITES 1024 /* probed instructions of a recording */
/* Of a window: what is seen of something that takes longer than the rest of it is too little. */
#define HP_USELOCK_LEAST 8

enum hp_uselock_op {
	HP_USELOCK_LOCK, /* returns when it has the lock */
	HP_USELOCK_TRY,	 /* may return without: at once, or after a time */
	HP_USELOCK_UNLOCK,
	HP_USELOCK_WAIT, /* for a condition: unlocks, and has locked again when it returns */
};

enum hp_uselock_flag {
	HP_USELOCK_SHARED = 1, /* others may have it too */
	HP_USELOCK_TIMED = 2,  /* a try that waits */
	HP_USELOCK_TAKEN = 4,  /* the instruction before took the lock, if that set the zero flag */
	HP_USELOCK_KIND = 8,   /* `kind_at` tells whether only the one that has it can unlock it */
};

/*
 * One probed instruction of one function. The lock is free when no bit of `busy` is set in its
 * first eight bytes; 0: that cannot be told. A function of the library may be entered by another
 * one of it: by a call from [outer_start, outer_end) of the file, or by a jump (`jumped_from`: bits
 * of `function`), which leaves the stack as it was.
 */
struct hp_uselock_site {
	__u8 lock;     /* in which register the lock is: see struct hp_site */
	__u8 op;       /* enum hp_uselock_op */
	__u8 flags;    /* enum hp_uselock_flag */
	__u8 function; /* its number, below 32 */
	__u8 class;    /* enum hp_lock_class */
	__u8 kind_at;  /* offset of 32 bits; 1 or 2 in the lowest two: only its holder unlocks it */
	__u16 reserved;
	__u64 busy;
	__u64 address; /* of the instruction in its file, as of the next */
	__u64 outer_start, outer_end;
	__u32 jumped_from;
	__u32 reserved2;
};
_Static_assert(sizeof(struct hp_uselock_site) == 48, "same layout for both compilers");

/* A lock is an address in a program; `exec` counts the programs that the process has been. */
struct hp_uselock_key {
	__u64 address;
	__u32 tgid, exec;
};

/* Sums of what they stand for, 1 or more for each time; of sampled stacks times that. Without
 * windows, those that still have it: its hold is
 * hold + open * now - open_since. Wraps around in between, and is right at the end. */
struct hp_use {
	__u64 taken;
	__u64 hold;
	__u64 open, open_since;
};

/* A thread has a lock. */
struct hp_held {
	__u64 address;
	__u64 since;
	__u64 asked; /* when it called for it; `since`, if it was free */
	__u64 to;    /* the place that took it */
	__u64 stack; /* id, or 0: not sampled */
	__u32 weight;
	__u16 depth;
	__u16 shared;
};

struct hp_uselock {
	struct hp_held held; /* by `owner`, when that is not 0, exclusively */
	__u32 owner;	     /* thread */
	__u32 class;
	__u64 released, released_exclusive; /* when it was last */
	__u64 longest_wait, longest_hold;
	__u64 failed;	 /* tries that did not get it */
	__u64 handed;	 /* unlocked by another thread than the one that took it */
	__u64 abandoned; /* held by a thread when it ended */
};

struct hp_uselock_place_key {
	struct hp_uselock_key lock;
	__u64 to;
};

struct hp_uselock_place {
	struct hp_use use;
	__u64 contended, wait; /* calls that found it taken, and how long they took */
	__u64 last, gap;       /* of the coin */
};

struct hp_uselock_stack_key {
	struct hp_uselock_place_key place;
	__u64 stack;
	__u64 thread; /* 0: threads are not told apart */
};

struct hp_uselock_stack {
	struct hp_use use;
	struct hp_sample sample; /* the first; its type is HP_EVENT_SAMPLE, its value 0 */
};

/* So many locks at most in a deadlock that is looked for, and threads with them. */
#define HP_USELOCK_RING 8

/* `second` was taken while a thread had `first`. */
struct hp_uselock_pair_key {
	struct hp_uselock_key second;
	__u64 first;
	__u32 shared; /* bits: 1 the first was held by readers' right, 2 the second was taken so */
	__u32 reserved;
};

struct hp_uselock_pair {
	__u64 times;
	__u64 stack;		     /* where second was taken, the first time */
	__u64 gate;		     /* this one was always held too; 0: there is none */
	__u32 tids[HP_USELOCK_RING]; /* threads that did it, the first ones; 0: no more */
};

/* What all acquisitions come to, on one CPU. */
struct hp_uselock_sums {
	__u64 taken, hold;
};

/* What there was no room for, and what went wrong; of the whole recording. */
struct hp_uselock_lost {
	__u64 locks;  /* acquisitions of locks beyond the table */
	__u64 places; /* or of places */
	__u64 pairs;
	__u64 deep;   /* locks taken by threads that had too many already: not in the order */
	__u64 unseen; /* unlocked, and nobody was seen to take them */
};

/* The first time that a lock is taken: what it lies in is looked up while it is there. */
struct hp_uselock_seen {
	__u16 type; /* HP_EVENT_LOCK_SEEN */
	__u16 class;
	__u32 tgid;
	__u64 address;
	__u64 start; /* of the process */
	__u32 exec, reserved;
};

#endif
