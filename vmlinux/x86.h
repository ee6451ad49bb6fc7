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

#define HP_USER_CS(regs) ((regs)->cs & 3)

#endif
