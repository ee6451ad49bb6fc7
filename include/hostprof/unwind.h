/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_UNWIND_H
#define HOSTPROF_UNWIND_H
/*
 * The layout of unwind tables: made in user space (user/unwind), read by the stack walk
 * (bpf/unwind/table.bpf.h). Plain C for both compilers, little-endian.
 *
 * A table describes one file, keyed by the offset in the FILE of the code, which is what a frame
 * is made of; for the vDSO, the offset in its image. It is a blob of three parts:
 *
 *   index     a u32 for each page of 256 bytes of text, from struct hp_unwind_table's `first` on
 *   palette   the distinct rules, the most used first, 8 bytes each; a rule's id is its position
 *   blocks    one for each page that has more than one rule, any alignment
 *
 * An index word with HP_UNWIND_ONE_RULE set holds the id of the page's only rule. Any other is the
 * place of the page's block in the blob, with HP_UNWIND_WIDE set when its ids are u16 and not u8.
 * A block of n rules, up to 256, each from its start up to the next one's:
 *
 *   u8 n - 1 | u8 starts[n - 1], within the page, rising; the first rule's is 0 and not stored
 *            | u8 or u16 ids[n]
 *
 * Blobs lie in the arena, which is made of chunks; a place in the arena is a u32 whose low
 * HP_ARENA_SHIFT bits are the place in the chunk. A blob of up to a chunk lies in one, at a
 * multiple of HP_ARENA_ALIGN; a larger one starts at a chunk's start and continues in the
 * following. No part of a blob that is read at once straddles two chunks, and behind a chunk there
 * are HP_ARENA_GUARD readable bytes, so reads need no bounds check but a mask of the place.
 */
#include <linux/types.h>

#define HP_UNWIND_PAGE_SHIFT 8
#define HP_UNWIND_PAGE	     (1u << HP_UNWIND_PAGE_SHIFT)
#define HP_UNWIND_ONE_RULE   0x80000000u
#define HP_UNWIND_WIDE	     0x40000000u
#define HP_UNWIND_PLACE	     0x3fffffffu /* bits of a block's place */
#define HP_UNWIND_MAX_ID     0xffffu
#define HP_UNWIND_MAX_BLOCK  (1 + 255 + 2 * 256) /* bytes */

#define HP_ARENA_SHIFT	20
#define HP_ARENA_CHUNK	(1u << HP_ARENA_SHIFT)
#define HP_ARENA_GUARD	4096u
#define HP_ARENA_CHUNKS 1024u
#define HP_ARENA_ALIGN	64u
_Static_assert(HP_UNWIND_MAX_BLOCK + 8 <= HP_ARENA_GUARD, "a read may run past a block by 7 bytes");

/* Where a binary's table is; all zero: it has none. */
struct hp_unwind_table {
	__u32 at;      /* of the blob in the arena */
	__u32 palette; /* in the blob */
	__u32 first;   /* page: file offset >> HP_UNWIND_PAGE_SHIFT */
	__u32 pages;
};
_Static_assert(sizeof(struct hp_unwind_table) == 16, "same layout for both compilers");

/*
 * What kind of rule: the low 4 bits of `how`. The CFA is the caller's stack pointer, and unless
 * said otherwise the return address is at CFA - 8. "Innermost" kinds need a register, by its DWARF
 * number, that only the interrupted frame still has; no call is made while they hold.
 */
enum hp_unwind_kind {
	HP_UNWIND_NONE,	    /* the file says nothing here: try the frame pointer */
	HP_UNWIND_UNSUP,    /* it says something that no rule can express: stop */
	HP_UNWIND_END,	    /* the outermost frame */
	HP_UNWIND_SIGNAL,   /* struct rt_sigframe's ucontext at rsp: see HP_SIGNAL_RIP */
	HP_UNWIND_SP,	    /* CFA = rsp + cfa */
	HP_UNWIND_BP,	    /* CFA = rbp + cfa */
	HP_UNWIND_BX,	    /* CFA = rbx + cfa */
	HP_UNWIND_SP_DEREF, /* CFA = [rsp + from] + add */
	HP_UNWIND_BP_DEREF, /* CFA = [rbp + from] + add */
	HP_UNWIND_PLT,	    /* CFA = rsp + 8 + ((address & 15) >= cfa ? 8 : 0) */
	HP_UNWIND_REG,	    /* innermost: CFA = register (cfa & 15) + (cfa >> 4) */
	HP_UNWIND_RA_REG,   /* innermost: CFA = rsp + (cfa >> 4), return address in (cfa & 15) */
	HP_UNWIND_INDEX, /* innermost: CFA = [rsp + 8 * register (from & 15) + (from >> 4)] + add */
	HP_UNWIND_GO,	 /* on another stack: see enum hp_unwind_go */
	HP_UNWIND_CLONED, /* innermost: CFA = rsp + 8, but rax is 0 in a child, which begins here */
	HP_UNWIND_KINDS
};
#define HP_UNWIND_KIND 0x0fu

/* The caller's rbp: bits 4 and 5 of `how`. */
enum hp_unwind_bp {
	HP_UNWIND_BP_SAME = 0x00,
	HP_UNWIND_BP_AT_CFA = 0x10, /* [CFA + bp] */
	HP_UNWIND_BP_AT_BP = 0x20,  /* [rbp + bp] */
	HP_UNWIND_BP_LOST = 0x30,
};
#define HP_UNWIND_BP_MASK 0x30u

/* The caller's rbx: `bx` 0, it is the same; HP_UNWIND_BX_LOST; else [CFA - 8 * bx], or with
 * HP_UNWIND_BX_AT_BP set in `how` [rbp - 8 * bx]. */
#define HP_UNWIND_BX_LOST  0xffu
#define HP_UNWIND_BX_AT_BP 0x40u

/* Bit 7 of `how`: a signal stopped the caller: its address is that of the next instruction, not a
 * return address, and must be looked up as it is. HP_UNWIND_SIGNAL always has it. With
 * HP_UNWIND_END it is the frame's own address that is to be named as it is: no call wrote it. */
#define HP_UNWIND_INTERRUPTED 0x80u

/*
 * HP_UNWIND_GO goes to the goroutine that left its own stack for this one. Bits 4 and 5 of `how`
 * say what tells where on it: it is called the place.
 *
 * By the structures of Go's runtime: [fs + from] is the thread's g, 8 * bx in a g its m, `add` in
 * an m its goroutine, a g too. In a g, behind its m, stand the place and the pc, at `bp` the frame
 * pointer. A g begins with the bounds of its stack.
 *
 * The return address is at the place; with HP_GO_FRAMED the caller's rbp is, and the return address
 * behind it.
 */
enum hp_unwind_go {
	HP_GO_SAVED = 0x00,   /* the structures */
	HP_GO_STOPPED = 0x10, /* they do, and the pc is the return address */
	HP_GO_DEPTH =
		0x20,	 /* [rsp + add] bytes below the end of the stack of the g in [rsp + from] */
	HP_GO_BP = 0x30, /* rbp */
};
#define HP_GO_MASK   0x30u
#define HP_GO_FRAMED 0x40u

union hp_unwind_rule {
	struct {
		__u8 how; /* kind, bp, flags */
		__u8 bx;
		__s16 bp;
		union {
			__s32 cfa;
			struct {
				__s16 from, add;
			};
		};
	};
	__u64 word; /* 0: HP_UNWIND_NONE */
};
_Static_assert(sizeof(union hp_unwind_rule) == 8, "same layout for both compilers");
_Static_assert(__builtin_offsetof(union hp_unwind_rule, cfa) == 4,
	       "same layout for both compilers");

/* The interrupted registers in the kernel's signal frame on x86-64, from rsp at the return of the
 * handler: struct ucontext's uc_mcontext. */
#define HP_SIGNAL_RBP 120
#define HP_SIGNAL_RBX 128
#define HP_SIGNAL_RSP 160
#define HP_SIGNAL_RIP 168

#endif
