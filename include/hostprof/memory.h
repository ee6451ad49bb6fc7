/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_MEMORY_H
#define HOSTPROF_MEMORY_H
/*
 * What the memory probes send beside samples. Both compilers read this file.
 *
 * Their samples are chosen by points that lie at random on the line of all pages, or bytes: one in
 * `spacing` of them, as raindrops fall. A sample's value is its own size; it stands for as many of
 * its kind as its size has chances to be missed: 1 / (1 - exp(-size / spacing)).
 */
#include <linux/types.h>
#include "hostprof/config.h"

/*
 * Pages: a stack about every 256 KiB, or, where they come faster than HP_GROWTH_NS on a CPU, less
 * often. A growth sample's value is its pages, and the spacing by which it was chosen above them.
 */
#define HP_GROWTH_SPACING      64
#define HP_GROWTH_SPACING_MOST 1024
#define HP_GROWTH_NS	       500000ull
#define HP_GROWTH_SHIFT	       32

/* How much memory a process has been given, exactly. Sent when it ends, or at the end. */
struct hp_grown {
	__u16 type;  /* HP_EVENT_GROWN */
	__u16 stale; /* `comm` is of when it came: another record may know better */
	__u32 tgid;
	__u64 start; /* of the process, ns since boot: with tgid, its identity */
	__u64 pages; /* of PAGE_SIZE bytes; 0 with tgid 0: of processes there was no room for */
	__u64 times; /* how often the kernel was asked: one can be for 512 pages */
	char comm[HP_COMM_LEN];
	__u32 cgroup; /* as in struct hp_sample: where it was seen last */
	__u32 unused;
};
_Static_assert(sizeof(struct hp_grown) == 56, "same layout for both compilers");

/* --- the heap probe --- */

/*
 * A heap sample's value: the bytes asked for; above them its weight, less one. When the probes are
 * attached for a part of the time only, what is sampled then stands for the rest too.
 */
#define HP_HEAP_WEIGHT_SHIFT  48
#define HP_HEAP_SIZE	      ((1ull << HP_HEAP_WEIGHT_SHIFT) - 1)
#define HP_HEAP_WEIGHT(value) (((value) >> HP_HEAP_WEIGHT_SHIFT) + 1)

#define HP_HEAP_SITES	4096  /* of all allocators of a recording */
#define HP_SITE_NONE	0xffu /* no such register */
#define HP_SITE_RETURNS 12

enum hp_site_flag {
	HP_SITE_FREES = 1,   /* what `ptr` points at, and does nothing else */
	HP_SITE_THROWS = 2,  /* fails by an exception, which must not meet a return probe */
	HP_SITE_POINTER = 4, /* gives the memory through `ptr`, and returns 0 */
};

/*
 * One probed instruction of one function of an allocator. Registers by their number in machine
 * code (0: rax, 1: rcx, 2: rdx, 3: rbx, 4: rsp, 5: rbp, 6: rsi, 7: rdi, 8 to 15), as they are at
 * this instruction. An allocator's function may be entered from another one of it: by a jump at
 * its end, with the stack as it was (`jumped_from`: bits of the `function` numbers), or by a call,
 * whose return address tells. What the outer one was asked for is counted, and nothing twice.
 */
struct hp_site {
	__u8 size, count; /* bytes asked for: size, times count unless that is HP_SITE_NONE */
	__u8 ptr;	  /* what is freed, or reallocated; or where the pointer goes */
	__u8 function;	  /* its number within the allocator, below 64 */
	__u32 flags;
	__u64 jumps_to;	   /* not 0: it may enter others by a jump */
	__u64 jumped_from; /* 0: no function of the allocator jumps here */
	__u64 address;	   /* of the instruction in its file, as of the next */
	__u32 n_returns;
	__u32 reserved;
	__u64 returns[HP_SITE_RETURNS]; /* behind calls of this function by the allocator */
};
_Static_assert(sizeof(struct hp_site) == 136, "same layout for both compilers");

#endif
