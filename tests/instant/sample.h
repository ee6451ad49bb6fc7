/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef INSTANT_SAMPLE_H
#define INSTANT_SAMPLE_H
/* One moment of a thread: all its registers and a copy of its stack. */
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum sample_register { /* by DWARF number on x86-64, and the program counter */
		       SAMPLE_RBX = 3,
		       SAMPLE_RBP = 6,
		       SAMPLE_RSP = 7,
		       SAMPLE_RIP = 16,
		       SAMPLE_REGISTERS
};

struct sample {
	pid_t pid, tid;
	uint64_t registers[SAMPLE_REGISTERS];
	const char *stack; /* from the stack pointer up; borrowed */
	size_t stack_size;
};

#endif
