/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_VMLINUX_X86_H
#define HOSTPROF_VMLINUX_X86_H
/*
 * x86-64 registers. Whole structs, in their order: the context of a perf event program is read by
 * offset, which the verifier rewrites, so this layout is the kernel's ABI (linux/ptrace.h).
 */
#include <linux/types.h>

struct pt_regs {
	unsigned long r15, r14, r13, r12, bp, bx, r11, r10, r9, r8;
	unsigned long ax, cx, dx, si, di, orig_ax;
	unsigned long ip, cs, flags, sp, ss;
};

struct bpf_perf_event_data {
	struct pt_regs regs;
	__u64 sample_period;
	__u64 addr;
};

#define HP_TS_COMPAT 0x0002u /* arch/x86/include/asm/thread_info.h: in a 32-bit system call */

#define HP_USER_CS(regs) ((regs)->cs & 3)

/* Fills a walk's registers: the frame's, and all of them by DWARF number. A macro, since `from` is
 * of another kind for each program type, and the verifier wants to see each load. */
#define HP_WALK_REGS(walk, from)                                                                   \
	do {                                                                                       \
		(walk)->regs.ip = (from)->ip;                                                      \
		(walk)->regs.sp = (walk)->innermost[7] = (from)->sp;                               \
		(walk)->regs.bp = (walk)->innermost[6] = (from)->bp;                               \
		(walk)->regs.bx = (walk)->innermost[3] = (from)->bx;                               \
		(walk)->innermost[0] = (from)->ax;                                                 \
		(walk)->innermost[1] = (from)->dx;                                                 \
		(walk)->innermost[2] = (from)->cx;                                                 \
		(walk)->innermost[4] = (from)->si;                                                 \
		(walk)->innermost[5] = (from)->di;                                                 \
		(walk)->innermost[8] = (from)->r8;                                                 \
		(walk)->innermost[9] = (from)->r9;                                                 \
		(walk)->innermost[10] = (from)->r10;                                               \
		(walk)->innermost[11] = (from)->r11;                                               \
		(walk)->innermost[12] = (from)->r12;                                               \
		(walk)->innermost[13] = (from)->r13;                                               \
		(walk)->innermost[14] = (from)->r14;                                               \
		(walk)->innermost[15] = (from)->r15;                                               \
	} while (0)

#endif
