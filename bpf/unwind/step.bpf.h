/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HP_UNWIND_STEP_BPF_H
#define HP_UNWIND_STEP_BPF_H
/*
 * One step of the user-stack walk: name the mapping of the program counter, keep the frame, find
 * the caller. Here by frame pointers: [bp] is the caller's bp, [bp + 8] the return address.
 */
#include "lib/hp.bpf.h"
#include "unwind/binary.bpf.h"
#include "unwind/vma.bpf.h"

#define HP_PAGE_SHIFT	12
#define HP_MAX_FRAME	(8ul << 20) /* bytes: more between two frame pointers is none */
#define HP_SPACE(space) ((__u64)(space) << HP_FRAME_SHIFT)

/*
 * Fills `code` with the mapping that holds `address`. Global, so it is verified once. 0, or -1
 * when the address is in no executable mapping.
 */
__weak int hp_code_find(struct hp_walk *walk, __u64 address, struct hp_code *code)
{
	struct vm_area_struct *vma;
	struct mm_struct *mm;
	struct file *file;

	if (!walk || !code)
		return -1;
	mm = (struct mm_struct *)walk->mm; /* apart: CO-RE would relocate walk->mm as well */
	vma = (struct vm_area_struct *)hp_vma_find(mm, address);
	if (!vma)
		return -1;
	code->start = BPF_CORE_READ(vma, vm_start);
	code->end = BPF_CORE_READ(vma, vm_end);
	if (address < code->start || address >= code->end ||
	    !(BPF_CORE_READ(vma, vm_flags) & VM_EXEC))
		return -1;
	file = BPF_CORE_READ(vma, vm_file);
	if (file) {
		__u32 space = hp_binary_id(walk, (__u64)vma, file);

		if (space == HP_SPACE_UNKNOWN)
			code->base = HP_SPACE(space) | code->start;
		else
			code->base = HP_SPACE(space) | BPF_CORE_READ(vma, vm_pgoff)
							       << HP_PAGE_SHIFT;
	} else if (code->start == (__u64)BPF_CORE_READ(mm, context.vdso)) {
		code->base = HP_SPACE(HP_SPACE_VDSO);
	} else {
		code->base = HP_SPACE(HP_SPACE_ANON) | code->start;
	}
	return 0;
}

/* The frame of an address, by the walk's small cache or the tree; 0: not code. */
static __always_inline __u64 hp_frame_of(struct hp_walk *walk, __u64 address)
{
	struct hp_code *code;
	__u32 line;

	for (__u32 i = 0; i < HP_VMA_CACHE; i++) {
		code = &walk->code[i];
		if (address >= code->start && address < code->end)
			return code->base + (address - code->start);
	}
	line = walk->code_next++;
	hp_opaque(line);
	code = &walk->code[line & (HP_VMA_CACHE - 1)];
	if (hp_code_find(walk, address, code)) {
		code->end = 0; /* matches nothing */
		return 0;
	}
	return code->base + (address - code->start);
}

/* Keeps frame i and goes to the caller. 0: go on; 1: the walk is over, walk->status says how. */
__weak int hp_step(struct hp_walk *walk, __u32 i)
{
	__u64 saved[2], frame;

	if (!walk)
		return 1;
	frame = hp_frame_of(walk, walk->ip);
	if (!frame) {
		walk->status = i ? HP_STACK_BAD_RETURN : HP_STACK_NOT_CODE;
		return 1;
	}
	hp_opaque(i);
	if (i >= HP_MAX_FRAMES)
		return 1;
	walk->stack.frames[i] = frame;
	walk->stack.n = i + 1;
	if (!walk->bp) { /* the ABI's mark of the outermost frame */
		walk->status = HP_STACK_COMPLETE;
		return 1;
	}
	if (walk->bp < walk->sp || walk->bp - walk->sp > HP_MAX_FRAME || (walk->bp & 7)) {
		walk->status = HP_STACK_BAD_FP;
		return 1;
	}
	if (bpf_probe_read_user(saved, sizeof(saved), (void *)walk->bp)) {
		walk->status = HP_STACK_UNREADABLE;
		return 1;
	}
	if (!saved[1]) {
		walk->status = HP_STACK_COMPLETE;
		return 1;
	}
	walk->sp = walk->bp + sizeof(saved);
	walk->bp = saved[0];
	walk->ip = saved[1];
	return 0;
}

/* The whole walk. walk->status is the status of a walk that used up its frames, until set. */
static __always_inline void hp_walk_user(struct hp_walk *walk)
{
	walk->stack.n = 0;
	walk->code_next = 0;
	for (__u32 i = 0; i < HP_VMA_CACHE; i++)
		walk->code[i].end = 0;
	walk->status = HP_STACK_TOO_DEEP;
	for (__u32 i = 0; i < HP_MAX_FRAMES; i++)
		if (i >= walk->max_depth || hp_step(walk, i))
			break;
}

#endif
