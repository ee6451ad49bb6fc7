/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HP_UNWIND_H
#define HP_UNWIND_H
/*
 * The way into the unwinder for probes: an object of its own (unwind.bpf.c), joined to each probe
 * by `bpftool gen object` and verified once a program.
 *
 * The caller fills the registers (HP_WALK_REGS), mm, max_depth, tgid, start and returned. After
 * it, walk->stack.frames holds walk->stack.n frames, leaf first, and walk->status says how it
 * ended. Returns 0, or -1 for no walk at all (a NULL).
 */
#include "unwind/walk.h"

int hp_unwind_user(struct hp_walk *walk);

/* Sets walk->stack.id, which is the seed before, from the frames, the status, and the owner when a
 * frame is anonymous. */
int hp_hash_stack(struct hp_walk *walk);

#endif
