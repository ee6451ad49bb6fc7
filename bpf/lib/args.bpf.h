/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HP_ARGS_BPF_H
#define HP_ARGS_BPF_H
/*
 * A register by its number in x86-64 machine code, of the registers that a uprobe was given. Each
 * is loaded by an instruction of its own: the verifier allows constant offsets only.
 */
#include "lib/hp.bpf.h"

/* No two of them alike, or the compiler joins the loads into one with a moved pointer. */
#define HP_REGISTER(number, name)                                                                  \
	case number: {                                                                             \
		__u64 value = regs->name;                                                          \
		asm volatile("" : "+r"(value) : "i"(number));                                      \
		return value;                                                                      \
	}

static __noinline __u64 hp_register(struct pt_regs *regs, __u32 number)
{
	switch (number) {
		HP_REGISTER(0, ax);
		HP_REGISTER(1, cx);
		HP_REGISTER(2, dx);
		HP_REGISTER(3, bx);
		HP_REGISTER(5, bp);
		HP_REGISTER(6, si);
		HP_REGISTER(7, di);
		HP_REGISTER(8, r8);
		HP_REGISTER(9, r9);
		HP_REGISTER(10, r10);
		HP_REGISTER(11, r11);
		HP_REGISTER(12, r12);
		HP_REGISTER(13, r13);
		HP_REGISTER(14, r14);
		HP_REGISTER(15, r15);
	default: return 0;
	}
}

#endif
