/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_LEDGER_H
#define HOSTPROF_LEDGER_H
/*
 * The wall-time ledger on the wire: where the time of one thread went, from when we first saw it
 * to when we last did. Sent once a thread: through hp_events when it has died, by the iterator of
 * the end for those that live. Both compilers read this file.
 *
 *   last - first == on_cpu + runq + sum(blocked) + residual     exactly
 *
 * Times are ns of CLOCK_MONOTONIC; on_cpu is the kernel's own count (se.sum_exec_runtime). The
 * residual is what the two clocks disagree by: time on the CPU that the kernel did not charge to
 * the thread (interrupts, steal), or charged although it was not there yet.
 */
#include <linux/types.h>
#include "hostprof/config.h"

enum hp_reason {
#define HP_REASON(id, name, what, idle) HP_REASON_##id,
#include "hostprof/reasons.def"
#undef HP_REASON
	HP_REASONS
};

enum hp_ledger_flag {
	HP_LEDGER_KERNEL = 1, /* a kernel thread, or a kernel worker in a process's name */
	HP_LEDGER_BEFORE = 2, /* was there before the recording began */
	HP_LEDGER_ENDED = 4   /* died, or left the target, within it */
};

struct hp_ledger {
	__u16 type;  /* HP_EVENT_LEDGER */
	__u16 flags; /* enum hp_ledger_flag */
	__u32 heals; /* switches that the kernel did not tell us of, and that we noticed */
	__u32 tgid, tid;
	__u64 start;	    /* of the process, ns since boot: with tgid, its identity */
	__u64 thread_start; /* of the thread */
	__u64 cgroup;	    /* the number of a struct hp_cgroup_seen; 0: none was to be had */
	__u64 first, last;
	__u64 on_cpu, runq;
	__s64 residual;
	__u64 switches; /* away from the CPU */
	__u64 blocked[HP_REASONS];
	__u64 waits[HP_REASONS]; /* how many times */
	char comm[HP_COMM_LEN];	 /* of the process: its first thread's */
	char thread[HP_COMM_LEN];
};
_Static_assert(sizeof(struct hp_ledger) == 312, "same layout for both compilers");

#endif
