/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_CONFIG_H
#define HOSTPROF_CONFIG_H
/*
 * What every probe obeys. Set in each object's read-only data before it is loaded, so the verifier
 * removes what is not asked for. Both compilers read this file.
 */
#include <linux/types.h>

#define HP_MAX_FRAMES                                                                              \
	127	       /* a stack, kernel or user; also kernel.perf_event_max_stack's default      \
			*/
#define HP_COMM_LEN 16 /* TASK_COMM_LEN */

enum hp_filter_bit {
	HP_FILTER_TASKS = 1,  /* the process is in hp_processes or the thread in hp_threads */
	HP_FILTER_COMM = 2,   /* the process's comm equals `comm` */
	HP_FILTER_CGROUP = 4, /* the task is in one of hp_asked, or below */
	HP_FILTER_PLACE = 8   /* the task's entry in hp_cgroups does not say no */
};

struct hp_config {
	__u32 filter;	 /* enum hp_filter_bit: all that are set must hold */
	__u32 max_depth; /* frames a stack, 1 to HP_MAX_FRAMES */
	__u32 no_kernel, no_user;
	__u32 ring_wake;   /* bytes unread in hp_events from which a record wakes the reader */
	__u32 cycles;	   /* the cpu probe counts cycles: a sample's value is its period */
	__u64 period_ns;   /* otherwise the value of a tick */
	__u64 min_wait_ns; /* shorter waits are in the ledger only */
	__u32 controller;  /* 1 + the enum cgroup_subsys_id that says which v1 tree; 0: the usual */
	__u32 reserved;
	__u64 stack_seed;	/* of the ids of stacks: nobody outside knows it */
	char comm[HP_COMM_LEN]; /* zero-padded */
};
_Static_assert(sizeof(struct hp_config) == 72, "same layout for both compilers");

#endif
