/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HP_UNWIND_STACK_BPF_H
#define HP_UNWIND_STACK_BPF_H
/*
 * Words of the user's stack, through a window that is read in one piece: a walk goes upwards, and
 * several frames fit into one window. Where a whole window cannot be read (the top of the stack, a
 * page that is not in memory) single words are.
 */
#include "lib/hp.bpf.h"
#include "unwind/walk.h"

/* Words below the one wanted that are read with it: callee-saved registers lie below the return
 * address, which is asked for first. */
#define HP_WINDOW_BELOW 64

/* 0, or negative when the word cannot be read. */
static __always_inline long hp_stack_word(struct hp_walk *walk, __u64 address, __u64 *ret_word)
{
	__u64 at = address - walk->window_start;

	if (address & 7) /* no compiler's doing, but legal */
		return bpf_probe_read_user(ret_word, sizeof(*ret_word), (void *)address);
	if (!walk->window_full || at >= HP_WINDOW_BYTES) {
		walk->window_start = address - HP_WINDOW_BELOW;
		walk->window_full = !bpf_probe_read_user(walk->window, HP_WINDOW_BYTES,
							 (void *)walk->window_start);
		if (!walk->window_full)
			return bpf_probe_read_user(ret_word, sizeof(*ret_word), (void *)address);
		at = HP_WINDOW_BELOW;
	}
	at >>= 3;
	hp_opaque(at);
	*ret_word = walk->window[at & (HP_WINDOW_WORDS - 1)];
	return 0;
}

#endif
