/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_EVENT_H
#define HOSTPROF_EVENT_H
/*
 * The records in hp_events, the one ring buffer of all probes, and the counters in hp_stats. Plain
 * C, fixed-size types, no pointers; both compilers read this file. Every record starts with its
 * type.
 *
 * A stack crosses the ring once, under a 64-bit id made from its frames; samples carry ids. A
 * sample may overtake the stack it names (another CPU wrote it), so the reader keeps ids that it
 * does not know yet.
 */
#include <linux/types.h>
#include "hostprof/config.h"
#include "hostprof/ledger.h"
#include "hostprof/lock.h"
#include "hostprof/memory.h"

enum hp_event_type {
	HP_EVENT_SAMPLE = 1,
	HP_EVENT_STACK = 2,
	HP_EVENT_BINARY = 3,
	HP_EVENT_WAIT = 4,
	HP_EVENT_LEDGER = 5, /* struct hp_ledger */
	HP_EVENT_CGROUP = 6,
	HP_EVENT_GROWN = 7,	/* struct hp_grown */
	HP_EVENT_LIVE = 8,	/* struct hp_live, at the end: not a sample of its own */
	HP_EVENT_EXEC = 9,	/* struct hp_exec */
	HP_EVENT_FREED = 10,	/* struct hp_freed */
	HP_EVENT_LOCK = 11,	/* struct hp_lock_wait */
	HP_EVENT_LOCK_SEEN = 12 /* struct hp_uselock_seen */
};

enum hp_kind_id {
#define HP_TYPE(type, unit)
#define HP_KIND(id, name, file, question, types) HP_KIND_##id,
#include "hostprof/kinds.def"
#undef HP_KIND
#undef HP_TYPE
	HP_KINDS
};

enum hp_loss {
#define HP_LOSS(id, name, what) HP_LOSS_##id,
#include "hostprof/stats.def"
#undef HP_LOSS
	HP_LOSSES
};

enum hp_stack_status {
#define HP_STACK(id, name, what) HP_STACK_##id,
#include "hostprof/stats.def"
#undef HP_STACK
	HP_STACK_STATUSES
};

/* hp_stats: one a kind and CPU. attempted == delivered + sum(lost); every walk is in `stacks`. */
struct hp_stats {
	__u64 ticks; /* the timer found a task, be it one that was asked for or not; not idle */
	__u64 free_ticks; /* of the ticks, those of probes on free */
	__u64 attempted;
	__u64 delivered;
	__u64 unfollowed;   /* blocks of memory that the table of live ones had no room for */
	__u64 frees_lost;   /* of sampled blocks, that the ring had no room for */
	__u64 ledgers_lost; /* accounts of threads that the ring had no room for */
	__u64 locks_lost;   /* waits that the sums of locks had no room for */
	__u64 lost[HP_LOSSES];
	__u64 stacks[HP_STACK_STATUSES];
};

/*
 * A frame is 64 bits: in the low 47 an address (user space ends there), in the high 16 what it is
 * an address in. Kernel addresses are all ones up there already, and stand for themselves: the
 * first is where it was stopped, the others are return addresses. In a user frame bit 47 says
 * which of the two it is: a signal can stop any frame.
 */
#define HP_FRAME_SHIFT	 48
#define HP_FRAME_EXACT	 (1ull << 47) /* the next instruction, not a return address */
#define HP_FRAME_ADDRESS (HP_FRAME_EXACT - 1)
#define HP_SPACE_ANON	 0u /* memory without a file: the raw address */
#define HP_SPACE_FIRST	 1u /* 1 to HP_SPACE_LAST: a binary's id; the offset in its file */
#define HP_SPACE_LAST	 0xfff0u
#define HP_SPACE_UNKNOWN 0xfffdu /* no id was to be had: the raw address */
#define HP_SPACE_VDSO	 0xfffeu /* the offset in the vDSO */
#define HP_SPACE_KERNEL	 0xffffu

struct hp_sample {
	__u16 type;	  /* HP_EVENT_SAMPLE */
	__u16 kind;	  /* enum hp_kind_id */
	__u32 cgroup;	  /* the number of a struct hp_cgroup_seen; 0: none was to be had */
	__u32 tgid, tid;  /* in the initial pid namespace */
	__u64 start;	  /* of the process, ns since boot: with tgid, its identity */
	__u64 user_stack; /* ids; 0: none */
	__u64 kernel_stack;
	__u64 value;		  /* ns, or cycles: see struct hp_config; pages, bytes */
	char comm[HP_COMM_LEN];	  /* of the process: its first thread's */
	char thread[HP_COMM_LEN]; /* of the thread */
};
_Static_assert(sizeof(struct hp_sample) == 80, "same layout for both compilers");

#define HP_WEIGHT_ONE 256u

/* One wait of a thread, chosen by a coin before it began, and sent when it was over. */
struct hp_wait {
	struct hp_sample sample; /* its type is HP_EVENT_WAIT, its value the ns waited */
	__u32 reason;		 /* enum hp_reason */
	__u32 weight;		 /* how many waits it stands for, in HP_WEIGHT_ONE */
	__u64 waker_stack;	 /* the waker's user stack; 0: not taken */
	__u32 waker_tgid;	 /* 0: an interrupt, or not known */
	__u32 waker_tid;
	char waker[HP_COMM_LEN]; /* the thread's name */
};
_Static_assert(sizeof(struct hp_wait) == 120, "same layout for both compilers");

/*
 * A wait for a lock: a wait, and more. Of the time waited parts are known to be somebody's: that of
 * the thread that had the lock when the wait began, that of the thread that ended the wait, by
 * giving the lock back, and, in records of their own that come first, those of threads between.
 * What each did in its part is from its own ledger. The parts together are at most the wait.
 */
struct hp_lock_wait {
	struct hp_wait wait; /* the sample's type is HP_EVENT_LOCK */
	__u64 address;
	__u32 class;	    /* enum hp_lock_class */
	__u32 holder_tid;   /* of the first; 0: not known */
	__u64 holder_cpu;   /* ns of the wait in which the holder was on a CPU, */
	__u64 holder_runq;  /* waited for one, */
	__u64 holder_wait;  /* and waited for something else: */
	__u64 holder_stack; /* there, user and kernel; 0: not taken */
	__u64 holder_kernel_stack;
	__u32 holder_reason;	  /* enum hp_reason of it */
	__u32 call_class;	  /* the class in its key in hp_locks */
	char holder[HP_COMM_LEN]; /* the thread's name */
	/* The same of the waker, whose id and name are in `wait`. */
	__u64 waker_cpu, waker_runq, waker_wait, waker_wait_stack, waker_kernel_stack;
	__u32 waker_reason;
	__u32 waker_held; /* all of the wait was the waker's */
	__u64 between;	  /* ns of the wait that have records of their own */
	__u32 part;	  /* this is one: not a wait, and of the lock profile only */
	__u32 exec;	  /* as in its key in hp_locks */
};
_Static_assert(sizeof(struct hp_lock_wait) == 264, "same layout for both compilers");

/* A block of memory that was sampled, and has not been freed. */
struct hp_live {
	struct hp_sample sample; /* its type is HP_EVENT_LIVE, its value as a sample's */
	__u64 time;		 /* CLOCK_MONOTONIC, when it was allocated */
};
_Static_assert(sizeof(struct hp_live) == 88, "same layout for both compilers");

/* A sampled block has been freed: for how the memory of a stack comes and goes. */
struct hp_freed {
	__u16 type; /* HP_EVENT_FREED */
	__u16 reserved;
	__u32 tgid;
	__u64 start;	   /* of the process */
	__u64 user_stack;  /* that allocated it */
	__u64 size;	   /* as the sample's value */
	__u64 born, freed; /* CLOCK_MONOTONIC */
};
_Static_assert(sizeof(struct hp_freed) == 48, "same layout for both compilers");

/* A process has become another program: what it had is gone. */
struct hp_exec {
	__u16 type; /* HP_EVENT_EXEC */
	__u16 reserved;
	__u32 tgid;
	__u64 start; /* of the process */
	__u64 time;  /* CLOCK_MONOTONIC */
};

struct hp_stack {
	__u16 type;  /* HP_EVENT_STACK */
	__u8 status; /* enum hp_stack_status */
	__u8 kernel; /* a kernel stack */
	__u32 n;     /* frames that follow, leaf first */
	__u64 id;
	__u64 start; /* with tgid: whose, when a frame is in HP_SPACE_ANON; else 0 */
	__u32 tgid;
	__u32 reserved;
	__u64 frames[HP_MAX_FRAMES + 1]; /* only n cross the ring; the last is never used */
};
_Static_assert(__builtin_offsetof(struct hp_stack, frames) == 32, "same layout for both compilers");

#define HP_PATH_LEN   1024 /* names of a path, leaf first, each ending in NUL */
#define HP_PATH_DEPTH 24   /* names at most */
#define HP_NAME_LEN   256  /* NAME_MAX and NUL */

/* A file by its identity in the kernel; the generation tells a re-used inode number apart. */
struct hp_binary_key {
	__u64 inode;
	__u32 dev; /* s_dev as the kernel has it: major << 20 | minor */
	__u32 generation;
};

/* The first sight of a file with code in it: what the reader needs to open it right away. */
struct hp_binary {
	__u16 type; /* HP_EVENT_BINARY */
	__u16 id;   /* HP_SPACE_FIRST to HP_SPACE_LAST */
	__u32 reserved;
	struct hp_binary_key key;
	__u64 vm_start, vm_end; /* the mapping, in process tgid */
	__u32 tgid;
	__u32 path_len; /* bytes used in path, which is below the file system's root */
	char path[HP_PATH_LEN + HP_NAME_LEN]; /* the second part: room for the verifier's view */
};
_Static_assert(__builtin_offsetof(struct hp_binary, path) == 48, "same layout for both compilers");

/*
 * Where a task is among the cgroups: the id in the cgroup2 tree, and the serial number of what the
 * controller has for it that v1 hosts tell containers apart by: on hosts without v1 it says nothing
 * more. (Ids of the trees overlap.)
 */
struct hp_cgroup_key {
	__u64 unified, legacy;
};

#define HP_CGROUPS_MAX 16384 /* in hp_cgroups */

/* What hp_cgroups knows of one: the reader decides, when samples are filtered by it. */
enum hp_verdict { HP_VERDICT_OPEN, HP_VERDICT_YES, HP_VERDICT_NO };
struct hp_cgroup {
	__u32 number;  /* from 1; never given out twice */
	__u16 verdict; /* enum hp_verdict; while it is open samples are sent */
	__u16 asked;   /* it is one of hp_asked, or below one */
};

/* A cgroup that is asked for with all below it: its id, and in which of the trees that is. */
struct hp_cgroup_id {
	__u64 id;
	__u64 legacy; /* 1: in the v1 tree of hp_config.controller; 0: in the cgroup2 tree */
};
#define HP_CGROUPS_ASKED 1024

/* The first sight of a cgroup. The paths: as in struct hp_binary. */
struct hp_cgroup_seen {
	__u16 type;	 /* HP_EVENT_CGROUP */
	__u8 has_legacy; /* the controller is in a v1 tree */
	__u8 asked;	 /* as in struct hp_cgroup */
	__u32 number;
	struct hp_cgroup_key key;
	__u32 unified_len, legacy_len; /* bytes used; 0: the root, or not there */
	char unified[HP_PATH_LEN + HP_NAME_LEN];
	char legacy[HP_PATH_LEN + HP_NAME_LEN];
};
_Static_assert(sizeof(struct hp_cgroup_seen) == 32 + 2 * (HP_PATH_LEN + HP_NAME_LEN),
	       "same layout for both compilers");

#endif
