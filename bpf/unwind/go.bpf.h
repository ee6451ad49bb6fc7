/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HP_UNWIND_GO_BPF_H
#define HP_UNWIND_GO_BPF_H
/*
 * From the system stack of a Go program's thread to the goroutine that it serves (HP_UNWIND_GO in
 * hostprof/unwind.h). The process can have written anything to where its runtime's structures
 * should be: all that is followed must fit together, and no step is retried, so a walk in circles
 * ends with its frames used up.
 */
#include "lib/hp.bpf.h"
#include "unwind/walk.h"

#define HP_RULE_GO_ON HP_STACK_STATUSES

struct hp_go_stack { /* how a g begins */
	__u64 low, high;
};

struct hp_go_saved { /* what stands in a g from its m on */
	__u64 m, sp, pc;
};

struct hp_go_frame { /* with a frame pointer */
	__u64 bp, ra;
};

#define hp_go_read(to, from) bpf_probe_read_user(to, sizeof(*(to)), (void *)(from))

/*
 * The current task's g is at a fixed place in its thread-local memory, whatever code it runs: its
 * register holds something else in C. thread.fsbase is right for the current task too as long as
 * the process sets it through the kernel, and C libraries and Go do.
 */
static __always_inline long hp_go_find(union hp_unwind_rule rule, __u64 *ret_m, __u64 *ret_g)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	__u64 g, at = BPF_CORE_READ(task, thread.fsbase) + rule.from;

	if (hp_go_read(&g, at) || hp_go_read(ret_m, g + 8 * (__u64)rule.bx))
		return -1;
	return hp_go_read(ret_g, *ret_m + rule.add);
}

static __always_inline bool hp_go_inside(const struct hp_go_stack *stack, __u64 sp)
{
	return sp >= stack->low && sp < stack->high && !(sp & 7);
}

/* ip, sp and bp as the runtime has saved them. */
static __always_inline __u32 hp_go_saved(union hp_unwind_rule rule, struct hp_regs *caller)
{
	struct hp_go_stack stack;
	struct hp_go_saved saved;
	__u64 g, m;

	if (hp_go_find(rule, &m, &g))
		return HP_STACK_UNREADABLE;
	if (!g) /* none: the scheduler is at work, for nobody */
		return HP_STACK_COMPLETE;
	if (hp_go_read(&stack, g) || hp_go_read(&saved, g + 8 * (__u64)rule.bx) ||
	    hp_go_read(&caller->bp, g + rule.bp))
		return HP_STACK_UNREADABLE;
	if (saved.m != m || !hp_go_inside(&stack, saved.sp))
		return HP_STACK_BAD_CFA;
	caller->sp = saved.sp;
	caller->ip = saved.pc;
	return HP_RULE_GO_ON;
}

/* sp, by what the frame has noted: a stack may be copied to another place meanwhile. */
static __always_inline __u32 hp_go_depth(union hp_unwind_rule rule, struct hp_regs *caller)
{
	struct hp_go_stack stack;
	__u64 g, depth;

	if (hp_go_read(&g, caller->sp + rule.from) || hp_go_read(&depth, caller->sp + rule.add) ||
	    hp_go_read(&stack, g))
		return HP_STACK_UNREADABLE;
	caller->sp = stack.high - depth;
	return hp_go_inside(&stack, caller->sp) ? HP_RULE_GO_ON : HP_STACK_BAD_CFA;
}

/* As the functions of rule.bpf.h. Global: verified once, and out of the way of other rules. */
__weak int hp_go_caller(struct hp_walk *walk, __u64 word)
{
	union hp_unwind_rule rule = {.word = word};
	__u32 how = rule.how & HP_GO_MASK, status = HP_RULE_GO_ON;
	struct hp_go_frame frame;
	struct hp_regs caller;

	if (!walk)
		return HP_STACK_BAD_CFA;
	caller = walk->regs;
	caller.bx = 0;
	if (how == HP_GO_SAVED || how == HP_GO_STOPPED)
		status = hp_go_saved(rule, &caller);
	else if (how == HP_GO_DEPTH)
		status = hp_go_depth(rule, &caller);
	else
		caller.sp = caller.bp;
	if (status != HP_RULE_GO_ON)
		return status;
	if (rule.how & HP_GO_FRAMED) {
		if (hp_go_read(&frame, caller.sp))
			return HP_STACK_UNREADABLE;
		caller.bp = frame.bp;
		caller.ip = frame.ra;
		caller.sp += sizeof(frame);
	} else if (how != HP_GO_STOPPED) {
		if (hp_go_read(&caller.ip, caller.sp))
			return HP_STACK_UNREADABLE;
		caller.sp += 8;
	}
	walk->regs = caller;
	walk->interrupted = 0;
	walk->by_fp = 1; /* Go keeps frame pointers: 0 is the bottom's */
	return HP_RULE_GO_ON;
}

#endif
