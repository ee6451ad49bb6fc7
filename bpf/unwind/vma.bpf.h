/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HP_UNWIND_VMA_BPF_H
#define HP_UNWIND_VMA_BPF_H
/*
 * Which mapping is an address in? We walk the process's own tree of them, so nobody has to follow
 * mmap, exec and exit, and there is no moment at which a new mapping is not known yet.
 *
 * The reads take no lock (a perf sample may have interrupted its writer). Nodes are freed by RCU
 * and BPF programs run under it; a torn view can only end in "no mapping" or in a mapping that the
 * bounds check refuses.
 */
#include "lib/hp.bpf.h"
#include "unwind/walk.h"

struct hp_maple_node { /* the larger of the two shapes */
	unsigned long pivot[15];
};

/*
 * One level down: the slot of `node` that covers `index`. Pivots are the last index of each slot,
 * ascending; behind the last used one they are 0.
 */
static __always_inline __u64 hp_maple_slot(__u64 node, bool arange, __u64 index)
{
	struct maple_range_64 *range = (void *)node;
	struct maple_arange_64 *wide = (void *)node;
	struct hp_maple_node keys = {};
	__u32 last = arange ? 9 : 15;
	__u32 slot = last;
	void **slots;
	void *next = NULL;
	long err;

	if (arange)
		err = bpf_core_read(keys.pivot, sizeof(unsigned long) * 9, &wide->pivot);
	else
		err = bpf_core_read(keys.pivot, sizeof(unsigned long) * 15, &range->pivot);
	if (err)
		return 0;
	for (__u32 i = 0; i < 15; i++) {
		if (i >= last)
			break;
		if (keys.pivot[i] >= index || !keys.pivot[i]) {
			slot = i;
			break;
		}
	}
	slots = arange ? (void **)__builtin_preserve_access_index(&wide->slot)
		       : (void **)__builtin_preserve_access_index(&range->slot);
	if (bpf_probe_read_kernel(&next, sizeof(next), slots + slot))
		return 0;
	return (__u64)next;
}

static __always_inline bool hp_maple_is_node(__u64 entry)
{
	return (entry & 3) == 2 && entry > MAPLE_RESERVED_MAX;
}

/* As kernels up to 6.0 keep them: ordered by address, disjoint. */
static __always_inline __u64 hp_vma_find_rb(struct mm_struct___6_0 *mm, __u64 address)
{
	struct rb_node___6_0 *node = BPF_CORE_READ(mm, mm_rb.rb_node);
	struct vm_area_struct___6_0 *vma;

	for (int depth = 0; depth < RB_MAX_DEPTH && node; depth++) {
		vma = (void *)node - hp_field_offset(struct vm_area_struct___6_0, vm_rb);
		if (address < BPF_CORE_READ(vma, vm_start))
			node = BPF_CORE_READ(node, rb_left);
		else if (address >= BPF_CORE_READ(vma, vm_end))
			node = BPF_CORE_READ(node, rb_right);
		else
			return (__u64)vma;
	}
	return 0;
}

/* The struct vm_area_struct whose slot covers `address`, or 0. It may lie beside the address. */
static __always_inline __u64 hp_vma_find_maple(struct mm_struct *mm, __u64 address)
{
	__u64 entry = (__u64)BPF_CORE_READ(mm, mm_mt.ma_root);

	if (!hp_maple_is_node(entry)) /* a single mapping, or none */
		return entry > MAPLE_RESERVED_MAX && !(entry & 3) ? entry : 0;
	for (int depth = 0; depth < MAPLE_MAX_DEPTH; depth++) {
		__u32 type = entry >> MAPLE_TYPE_SHIFT & MAPLE_TYPE_MASK;

		if (type < MAPLE_LEAF_64 || type > MAPLE_ARANGE_64)
			return 0;
		entry = hp_maple_slot(entry & ~MAPLE_NODE_MASK, type == MAPLE_ARANGE_64, address);
		if (!entry || type == MAPLE_LEAF_64)
			return entry;
	}
	return 0;
}

static __always_inline __u64 hp_vma_find(struct mm_struct *mm, __u64 address)
{
	struct mm_struct___6_0 *old = (void *)mm;

	if (bpf_core_field_exists(old->mm_rb))
		return hp_vma_find_rb(old, address);
	return hp_vma_find_maple(mm, address);
}

/* What every change of the process's mappings moves; odd when that cannot be relied on. */
static __always_inline __u32 hp_vma_seq(struct mm_struct *mm)
{
	struct mm_struct___seqcount *by_seqcount = (void *)mm;
	struct mm_struct___int *by_int = (void *)mm;

	if (bpf_core_field_exists(by_seqcount->mm_lock_seq.sequence))
		return BPF_CORE_READ(by_seqcount, mm_lock_seq.sequence);
	/* Moved when a change ends; that one is under way cannot be seen, but it cannot have taken
	 * away what the process is executing. */
	if (bpf_core_field_exists(by_int->mm_lock_seq))
		return (__u32)BPF_CORE_READ(by_int, mm_lock_seq) << 1;
	return HP_CODE_NO_SEQ;
}

/*
 * Keeps the mappings found by the last walk on this CPU if they are this process's, as they are
 * now. A process is told by its start, an exec within it by the random place of its stack.
 */
static __always_inline void hp_code_keep(struct hp_walk *walk)
{
	struct mm_struct *mm = (struct mm_struct *)walk->mm;
	__u64 stack = BPF_CORE_READ(mm, start_stack);
	__u32 seq = hp_vma_seq(mm);

	if (!(seq & 1) && seq == walk->code_seq && walk->mm == walk->code_mm &&
	    walk->start == walk->code_start && stack == walk->code_stack)
		return;
	walk->code_seq = seq;
	walk->code_mm = walk->mm;
	walk->code_start = walk->start;
	walk->code_stack = stack;
	walk->code_next = 0;
	for (__u32 i = 0; i < HP_VMA_CACHE; i++)
		walk->code[i].end = 0;
}

#endif
