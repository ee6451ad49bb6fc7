/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HP_UNWIND_WALK_H
#define HP_UNWIND_WALK_H
/*
 * The state of one stack walk. It holds no pointers, so the verifier can check the unwinder's
 * functions once, for any contents, instead of once for every way they are reached: kernel and
 * user addresses are plain numbers, read by the probe_read helpers. Also compiled for the host.
 */
#include "hostprof/event.h"

#define HP_VMA_CACHE 4 /* mappings remembered within one walk: binary, libc, ld.so, one more */

/* A mapping with code: addresses from start up to end are base + (address - start). */
struct hp_code {
	__u64 start, end;
	__u64 base; /* a frame: space << HP_FRAME_SHIFT | offset in the file */
};

struct hp_walk {
	__u64 ip, sp, bp;
	__u64 mm;	 /* struct mm_struct *, as a number */
	__u32 max_depth; /* 1 to HP_MAX_FRAMES */
	__u32 code_next; /* the line of `code` to write over next */
	__u64 start;	 /* of the process; with tgid, the owner of anonymous memory */
	__u32 tgid;
	__u32 status; /* enum hp_stack_status, valid after the walk */
	struct hp_code code[HP_VMA_CACHE];
	struct hp_stack stack;	 /* what is sent: header and frames */
	struct hp_binary binary; /* what is sent on first sight of a file */
};

#endif
