/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HP_UNWIND_RULE_BPF_H
#define HP_UNWIND_RULE_BPF_H
/*
 * From a frame's registers to its caller's: by a rule of the unwind table (hostprof/unwind.h), or
 * by the frame pointer where there is none. Each returns HP_RULE_GO_ON, or an enum hp_stack_status,
 * how the walk ended; the registers are changed only when it goes on.
 */
#include "lib/hp.bpf.h"
#include "unwind/go.bpf.h"
#include "unwind/stack.bpf.h"
#include "unwind/table.bpf.h"

#define HP_MAX_FRAME (8ul << 20) /* bytes: more between two frame pointers is none */

/*
 * [bp] is the caller's bp, [bp + 8] the return address. A bp of 0 is the ABI's mark of the
 * outermost frame, and so is a return address of 0, but only in code that keeps frame pointers,
 * which `chain` says: elsewhere they are what the register, or what it points to, happens to hold.
 */
static __always_inline __u32 hp_rule_frame_pointer(struct hp_walk *walk, bool chain)
{
	__u64 bp = walk->regs.bp, sp = walk->regs.sp, caller, ra;

	if (!bp && chain)
		return HP_STACK_COMPLETE;
	if (bp < sp || bp - sp > HP_MAX_FRAME || (bp & 7))
		return HP_STACK_BAD_FP;
	if (hp_stack_word(walk, bp, &caller) || hp_stack_word(walk, bp + 8, &ra))
		return HP_STACK_UNREADABLE;
	if (!ra)
		return chain ? HP_STACK_COMPLETE : HP_STACK_BAD_FP;
	walk->regs.ip = ra;
	walk->regs.sp = bp + 16;
	walk->regs.bp = caller;
	walk->interrupted = 0;
	walk->by_fp = 1;
	return HP_RULE_GO_ON;
}

/* The frame the kernel pushed for a signal handler: all registers, and perhaps another stack. */
static __always_inline __u32 hp_rule_signal(struct hp_walk *walk)
{
	__u64 frame = walk->regs.sp;
	struct hp_regs regs;

	if (hp_stack_word(walk, frame + HP_SIGNAL_RBP, &regs.bp) ||
	    hp_stack_word(walk, frame + HP_SIGNAL_RBX, &regs.bx) ||
	    hp_stack_word(walk, frame + HP_SIGNAL_RSP, &regs.sp) ||
	    hp_stack_word(walk, frame + HP_SIGNAL_RIP, &regs.ip))
		return HP_STACK_UNREADABLE;
	walk->regs = regs;
	walk->interrupted = 1;
	walk->by_fp = 0;
	return HP_RULE_GO_ON;
}

/* A register that only the stopped frame still has, by the low 4 bits of `number`. */
static __always_inline __u64 hp_rule_innermost(struct hp_walk *walk, __s32 number)
{
	__u32 at = number;

	hp_opaque(at);
	return walk->innermost[at & 15];
}

/* The caller's stack pointer; 0 when it cannot be told. */
static __always_inline __u64 hp_rule_cfa(struct hp_walk *walk, union hp_unwind_rule rule,
					 bool first)
{
	__u64 base;

	switch (rule.how & HP_UNWIND_KIND) {
	case HP_UNWIND_SP: return walk->regs.sp + rule.cfa;
	case HP_UNWIND_BP: return walk->regs.bp + rule.cfa;
	case HP_UNWIND_BX: return walk->regs.bx + rule.cfa;
	case HP_UNWIND_PLT:
		return walk->regs.sp + 8 + ((walk->regs.ip & 15) >= (__u32)rule.cfa ? 8 : 0);
	case HP_UNWIND_SP_DEREF:
	case HP_UNWIND_BP_DEREF:
		base = (rule.how & HP_UNWIND_KIND) == HP_UNWIND_SP_DEREF ? walk->regs.sp
									 : walk->regs.bp;
		return hp_stack_word(walk, base + rule.from, &base) ? 0 : base + rule.add;
	case HP_UNWIND_INDEX:
		base = walk->regs.sp + 8 * hp_rule_innermost(walk, rule.from) + (rule.from >> 4);
		return !first || hp_stack_word(walk, base, &base) ? 0 : base + rule.add;
	case HP_UNWIND_REG: return first ? hp_rule_innermost(walk, rule.cfa) + (rule.cfa >> 4) : 0;
	case HP_UNWIND_RA_REG: return first ? walk->regs.sp + (rule.cfa >> 4) : 0;
	case HP_UNWIND_CLONED: return first ? walk->regs.sp + 8 : 0;
	default: return 0;
	}
}

static __always_inline long hp_rule_bp(struct hp_walk *walk, union hp_unwind_rule rule, __u64 cfa,
				       __u64 *ret_bp)
{
	switch (rule.how & HP_UNWIND_BP_MASK) {
	case HP_UNWIND_BP_AT_CFA: return hp_stack_word(walk, cfa + rule.bp, ret_bp);
	case HP_UNWIND_BP_AT_BP: return hp_stack_word(walk, walk->regs.bp + rule.bp, ret_bp);
	case HP_UNWIND_BP_LOST: *ret_bp = 0; return 0;
	default: *ret_bp = walk->regs.bp; return 0;
	}
}

static __always_inline long hp_rule_bx(struct hp_walk *walk, union hp_unwind_rule rule, __u64 cfa,
				       __u64 *ret_bx)
{
	*ret_bx = walk->regs.bx;
	if (!rule.bx)
		return 0;
	if (rule.bx == HP_UNWIND_BX_LOST) {
		*ret_bx = 0;
		return 0;
	}
	if (rule.how & HP_UNWIND_BX_AT_BP)
		cfa = walk->regs.bp;
	return hp_stack_word(walk, cfa - 8 * (__u64)rule.bx, ret_bx);
}

/* `first`: the frame was stopped, so walk->innermost is its own. */
static __always_inline __u32 hp_rule_apply(struct hp_walk *walk, union hp_unwind_rule rule,
					   bool first)
{
	__u32 kind = rule.how & HP_UNWIND_KIND;
	struct hp_regs caller;
	long err;

	if (kind == HP_UNWIND_END)
		return HP_STACK_COMPLETE;
	if (kind == HP_UNWIND_SIGNAL)
		return hp_rule_signal(walk);
	if (kind == HP_UNWIND_GO)
		return hp_go_caller(walk, rule.word);
	if (kind == HP_UNWIND_CLONED && first && !walk->innermost[0])
		return HP_STACK_COMPLETE;
	caller.sp = hp_rule_cfa(walk, rule, first);
	/* In a register: the call has not pushed, so the stack pointer may stay. */
	if (caller.sp < walk->regs.sp + (kind != HP_UNWIND_RA_REG))
		return caller.sp ? HP_STACK_BAD_CFA : HP_STACK_UNSUPPORTED;
	/* The registers first: they lie below, where the window begins. */
	err = hp_rule_bp(walk, rule, caller.sp, &caller.bp);
	if (!err)
		err = hp_rule_bx(walk, rule, caller.sp, &caller.bx);
	if (kind == HP_UNWIND_RA_REG)
		caller.ip = hp_rule_innermost(walk, rule.cfa);
	else if (!err)
		err = hp_stack_word(walk, caller.sp - 8, &caller.ip);
	if (err)
		return HP_STACK_UNREADABLE;
	if (!caller.ip)
		return HP_STACK_COMPLETE;
	walk->regs = caller;
	walk->by_fp = 0;
	walk->interrupted = !!(rule.how & HP_UNWIND_INTERRUPTED);
	return HP_RULE_GO_ON;
}

#endif
