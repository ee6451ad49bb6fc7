/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ORACLE_FRAME_H
#define ORACLE_FRAME_H
/*
 * One step of a walk, made twice: by a rule of ours, and by what elfutils' libdw says of the same
 * address. Both start from the same made-up registers and a memory whose words are a function of
 * their address, so results agree only when they were read from the same places.
 */
#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stdint.h>

#include "hostprof/unwind.h"

#define FRAME_REGS 17 /* DWARF numbers of x86-64; 16 is the address */

enum frame_end { FRAME_CALLER, FRAME_BOTTOM, FRAME_UNKNOWN, FRAME_REFUSED };

struct frame_value {
	uint64_t value;
	bool lost;
};

struct frame {
	enum frame_end end;
	bool interrupted;
	uint64_t cfa, ra;
	struct frame_value rbp, rbx;
};

struct frame_regs {
	uint64_t value[FRAME_REGS];
};

uint64_t frame_word(uint64_t address); /* of the made-up memory */
struct frame_regs frame_regs_at(uint64_t address);

struct frame frame_by_rule(union hp_unwind_rule rule, const struct frame_regs *regs);
/* FRAME_UNKNOWN: no information there; FRAME_REFUSED: libdw, or our evaluator, takes it for broken.
 */
struct frame frame_by_libdw(Dwarf_CFI *cfi, uint64_t address, const struct frame_regs *regs);

#endif
