/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_VMLINUX_COMPAT_H
#define HOSTPROF_VMLINUX_COMPAT_H
/*
 * Kernel constants that BTF does not carry, with where they come from, and what was renamed
 * between the kernels we run on, with the commit that did it.
 */

/* include/linux/sched.h */
#define PF_IO_WORKER 0x00000010u
#define PF_USER_WORKER                                                                             \
	0x00004000u /* 6.4 (54e6842d0775); before, bit 14 was PF_USED_MATH's neighbour, unused */
#define PF_KTHREAD 0x00200000u

/* include/linux/mm.h */
#define VM_EXEC 0x00000004ul

/* include/linux/maple_tree.h, lib/maple_tree.c: an encoded node pointer */
#define MAPLE_NODE_MASK	   0xfful
#define MAPLE_TYPE_SHIFT   3
#define MAPLE_TYPE_MASK	   0xful
#define MAPLE_LEAF_64	   1u
#define MAPLE_RANGE_64	   2u
#define MAPLE_ARANGE_64	   3u
#define MAPLE_RESERVED_MAX 4096ul /* a root up to here is an entry, not a node */
#define MAPLE_MAX_DEPTH	   12	  /* far above what 2^47 / 4096 mappings need at 10 a node */

#endif
