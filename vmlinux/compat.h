/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_VMLINUX_COMPAT_H
#define HOSTPROF_VMLINUX_COMPAT_H
/*
 * Kernel constants that BTF does not carry, with where they come from, and what was renamed
 * between the kernels we run on, with the commit that did it.
 */

/* include/linux/sched.h */
#define PF_IO_WORKER   0x00000010u
#define PF_USER_WORKER 0x00004000u /* 6.4 (54e6842d0775) */
#define PF_KTHREAD     0x00200000u
#define PF_NO_USER     (PF_KTHREAD | PF_IO_WORKER | PF_USER_WORKER) /* runs no user code */

#define TASK_UNINTERRUPTIBLE 0x0002u
#define TASK_STOPPED	     0x0004u
#define TASK_TRACED	     0x0008u
#define TASK_DEAD	     0x0080u
#define TASK_NOLOAD	     0x0400u /* with TASK_UNINTERRUPTIBLE: a kernel thread without work */
#define TASK_FROZEN	     0x8000u /* 6.1 (f5d39b020809) */

/* include/uapi/linux/stat.h */
#define S_IFMT	 0170000u
#define S_IFSOCK 0140000u
#define S_IFREG	 0100000u
#define S_IFBLK	 0060000u
#define S_IFDIR	 0040000u
#define S_IFCHR	 0020000u
#define S_IFIFO	 0010000u

/* include/linux/gfp_types.h: these have not moved since 5.0 */
#define HP_GFP_HIGHMEM	  0x00000002u
#define HP_GFP_MOVABLE	  0x00000008u
#define HP_GFP_WRITE	  0x00001000u
#define HP_GFP_NOWARN	  0x00002000u
#define HP_GFP_NORETRY	  0x00010000u
#define HP_GFP_NOMEMALLOC 0x00080000u

/* include/trace/events/lock.h (5.19: 16edd9b511a1) */
#define LCB_F_SPIN  1u
#define LCB_F_MUTEX 32u

#define HP_MAX_ORDER 20u /* far above MAX_PAGE_ORDER, and of 1 GiB pages */

/* include/linux/sched/signal.h */
#define SIGNAL_GROUP_EXIT 0x00000004u

/* include/linux/mm.h */
#define VM_EXEC 0x00000004ul

/* Before the maple tree a process's mappings were in a red-black tree (up to 6.0). */
struct rb_node___6_0 {
	struct rb_node___6_0 *rb_right;
	struct rb_node___6_0 *rb_left;
} HP_CORE;

struct rb_root___6_0 {
	struct rb_node___6_0 *rb_node;
} HP_CORE;

struct mm_struct___6_0 {
	struct rb_root___6_0 mm_rb;
} HP_CORE;

struct vm_area_struct___6_0 {
	unsigned long vm_start;
	unsigned long vm_end;
	struct rb_node___6_0 vm_rb;
} HP_CORE;

#define RB_MAX_DEPTH 40 /* a red-black tree of 65,530 mappings is at most 32 deep */

/*
 * The sequence of a process's mappings, which every change under mmap_lock moves. Per-VMA locks
 * brought it as an int (6.4: 5e31275cc997), and it became a seqcount, odd while a change is under
 * way (6.13: "mm: convert mm_lock_seq to a proper seqcount"). Kernels without it: no cache of
 * mappings across samples.
 */
struct mm_struct___int {
	int mm_lock_seq;
} HP_CORE;

struct seqcount___6_13 {
	unsigned int sequence;
} HP_CORE;

struct mm_struct___seqcount {
	struct seqcount___6_13 mm_lock_seq;
} HP_CORE;

/* The directory above; its name has changed with 6.15 (633488947ef6 "kernfs: Use RCU to access
 * kernfs_node::parent."). */
struct kernfs_node___6_14 {
	struct kernfs_node *parent;
} HP_CORE;

struct kernfs_node___6_15 {
	struct kernfs_node *__parent;
} HP_CORE;

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
