/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HP_UNWIND_WALK_H
#define HP_UNWIND_WALK_H
/*
 * The state of one stack walk. It holds no pointers, so the verifier can check the unwinder's
 * functions once, for any contents, instead of once for every way they are reached: kernel and
 * user addresses are plain numbers, read by the probe_read helpers. Also compiled for the host.
 */
#include "hostprof/event.h"
#include "hostprof/unwind.h"

#define HP_VMA_CACHE 8 /* mappings remembered: the binary, libc, ld.so, a few more */
#define HP_WINDOW_WORDS                                                                            \
	64 /* of stack read at once: measured best of 16, 64 and 512 bytes a read                  \
	    */
#define HP_WINDOW_BYTES (HP_WINDOW_WORDS * 8)

/* A mapping with code: addresses from start up to end are base + (address - start). */
struct hp_code {
	__u64 start, end;
	__u64 base; /* a frame: space << HP_FRAME_SHIFT | offset in the file */
};

#define HP_CODE_NO_SEQ 1u /* odd: a change under way, or nothing to tell changes by */

/* What a frame must know of its registers. */
struct hp_regs {
	__u64 ip, sp, bp, bx;
};

struct hp_walk {
	struct hp_regs regs;
	__u64 innermost[16]; /* by DWARF number: all registers of the frame that was stopped */
	__u64 mm;	     /* struct mm_struct *, as a number */
	__u32 max_depth;     /* 1 to HP_MAX_FRAMES */
	__u32 code_next;     /* the line of `code` to write over next */
	__u32 code_last;     /* the line that was hit last */
	__u32 code_seq;	     /* HP_CODE_NO_SEQ: `code` is for this walk only */
	/* Whose mappings `code` has, as of mm_lock_seq `code_seq`: see vma.bpf.h. */
	__u64 code_mm, code_start, code_stack;
	__u64 start; /* of the process; with tgid, the owner of anonymous memory */
	/* Where functions with a return probe return to, and what they did: see uretprobe.bpf.h. */
	__u64 trampoline, returns;
	__u32 tgid;
	__u32 status;	    /* enum hp_stack_status, valid after the walk */
	__u32 interrupted;  /* regs.ip is the next instruction, not a return address */
	__u32 by_fp;	    /* the frame was found by its callee's frame pointer */
	__u32 busy;	    /* in the pool: taken */
	__u32 returned;	    /* set by the caller: the first regs.ip is a return address */
	__u32 window_full;  /* something was read into the window */
	__u64 window_start; /* user address of window[0] */
	__u64 window[HP_WINDOW_WORDS];
	struct hp_code code[HP_VMA_CACHE];
	struct hp_stack stack;	  /* what is sent: header and frames */
	struct hp_binary binary;  /* what is sent on first sight of a file */
	struct hp_lock_wait lock; /* what is sent when a wait ends */
};

#endif
