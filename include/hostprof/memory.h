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
	__u16 type; /* HP_EVENT_GROWN */
	__u16 reserved;
	__u32 tgid;
	__u64 start; /* of the process, ns since boot: with tgid, its identity */
	__u64 pages; /* of PAGE_SIZE bytes; 0 with tgid 0: of processes there was no room for */
	__u64 times; /* how often the kernel was asked: one can be for 512 pages */
	char comm[HP_COMM_LEN];
};
_Static_assert(sizeof(struct hp_grown) == 48, "same layout for both compilers");

#endif
