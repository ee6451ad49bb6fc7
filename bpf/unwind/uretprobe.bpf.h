/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HP_UNWIND_URETPROBE_BPF_H
#define HP_UNWIND_URETPROBE_BPF_H
/*
 * A return probe of anybody's (ours on an allocator, bpftrace's) has its function return to the
 * kernel's trampoline: that address stands in the stack while the function runs. The kernel keeps
 * the one that was there. Its own callchains know that since 6.11.
 */
#include "lib/hp.bpf.h"
#include "unwind/walk.h"

#define HP_RETURNS_MAX 64 /* MAX_URETPROBE_DEPTH of kernel/events/uprobes.c */

/* Of the current task: what its walk has to know. Most tasks are done with the first test. */
static __always_inline void hp_uretprobe_begin(struct hp_walk *walk, struct task_struct *task)
{
	struct uprobe_task *uprobes;

	walk->trampoline = 0;
	if (!bpf_core_field_exists(task->utask)) /* without CONFIG_UPROBES */
		return;
	uprobes = BPF_CORE_READ(task, utask);
	if (!uprobes)
		return;
	walk->returns = (__u64)BPF_CORE_READ(uprobes, return_instances);
	if (walk->returns)
		walk->trampoline = BPF_CORE_READ(task, mm, uprobes_state.xol_area, vaddr);
}

/*
 * regs.ip is the trampoline: makes it the address that stood there. The walk has just taken it off
 * the stack, below regs.sp; instances further down are of functions that were left by longjmp().
 * Of several probes on one function the outermost knows, the others have the trampoline.
 */
static __always_inline void hp_uretprobe_return(struct hp_walk *walk)
{
	struct return_instance *instance = (struct return_instance *)walk->returns;

	for (__u32 i = 0; i < HP_RETURNS_MAX && instance; i++) {
		__u64 slot = BPF_CORE_READ(instance, stack), to;

		if (slot >= walk->regs.sp)
			break;
		to = BPF_CORE_READ(instance, orig_ret_vaddr);
		instance = BPF_CORE_READ(instance, next);
		if (slot + sizeof(to) == walk->regs.sp && to != walk->trampoline) {
			walk->regs.ip = to;
			break;
		}
	}
	walk->returns = (__u64)instance;
}

#endif
