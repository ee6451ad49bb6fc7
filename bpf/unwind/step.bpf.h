/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HP_UNWIND_STEP_BPF_H
#define HP_UNWIND_STEP_BPF_H
/*
 * One step of the user-stack walk: name the mapping of the program counter, keep the frame, find
 * the caller by the unwind table of its file, or by frame pointer where that says nothing (JIT
 * code, hand-written assembly, Go).
 */
#include "lib/hp.bpf.h"
#include "unwind/binary.bpf.h"
#include "unwind/rule.bpf.h"
#include "unwind/uretprobe.bpf.h"
#include "unwind/vma.bpf.h"

#define HP_PAGE_SHIFT	12
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

/* The frame of an address, by the mappings remembered or the tree; 0: not code. */
static __always_inline __u64 hp_frame_of(struct hp_walk *walk, __u64 address)
{
	__u32 line = walk->code_last;
	struct hp_code *code;

	hp_opaque(line);
	code = &walk->code[line & (HP_VMA_CACHE - 1)]; /* most callers are where the callee is */
	if (address >= code->start && address < code->end)
		return code->base + (address - code->start);
	for (__u32 i = 0; i < HP_VMA_CACHE; i++) {
		code = &walk->code[i];
		if (address >= code->start && address < code->end) {
			walk->code_last = i;
			return code->base + (address - code->start);
		}
	}
	line = walk->code_next++;
	walk->code_last = line;
	hp_opaque(line);
	code = &walk->code[line & (HP_VMA_CACHE - 1)];
	if (hp_code_find(walk, address, code)) {
		code->end = 0; /* matches nothing */
		return 0;
	}
	return code->base + (address - code->start);
}

/* mov $__NR_rt_sigreturn, %rax (or %eax); syscall: what a signal handler returns to. */
#define HP_RESTORER	   0x0f0000000fc0c748ull
#define HP_RESTORER_SHORT  0x050f0000000fb8ull
#define HP_RESTORER_SHORTS 0xffffffffffffffull

/* Is it the next instruction? To be asked where no table can tell. */
static __always_inline bool hp_at_restorer(const struct hp_walk *walk)
{
	__u64 code = 0;

	bpf_probe_read_user(&code, sizeof(code), (void *)walk->regs.ip);
	return code == HP_RESTORER || (code & HP_RESTORER_SHORTS) == HP_RESTORER_SHORT;
}

/*
 * Nothing called a handler's return, nor what a coroutine begins in: the kernel, or makecontext(),
 * wrote the address of its first byte.
 */
static __always_inline bool hp_returns_to_start(union hp_unwind_rule rule)
{
	__u32 kind = rule.how & HP_UNWIND_KIND;

	return kind == HP_UNWIND_SIGNAL ||
	       (kind == HP_UNWIND_END && (rule.how & HP_UNWIND_INTERRUPTED));
}

/* Goes from the frame `frame`, number i, to its caller. */
static __always_inline __u32 hp_to_caller(struct hp_walk *walk, __u64 frame, __u32 i)
{
	__u32 space = frame >> HP_FRAME_SHIFT;
	struct hp_unwind_table *table = bpf_map_lookup_elem(&hp_tables, &space);
	bool chain = walk->by_fp || space == HP_SPACE_ANON;
	union hp_unwind_rule rule = {.word = 0};

	if (!table || !table->pages) {
		bool late =
			space >= HP_SPACE_FIRST && space <= HP_SPACE_LAST && table && !table->first;

		/* A table that was taken away: its file gets a new number, so look again. */
		if (late || space == HP_SPACE_UNKNOWN)
			walk->code_seq = HP_CODE_NO_SEQ;
		if (!late)
			return hp_rule_frame_pointer(walk, chain);
		/* No guessing: most code has no frame pointers, and the table will come. */
		if (walk->interrupted || !hp_at_restorer(walk))
			return HP_STACK_NO_TABLE;
		rule.how = HP_UNWIND_SIGNAL;
	} else {
		/* A return address belongs to the call before it, which may be the function's last
		 * byte. */
		rule.word = hp_table_find(table, (frame & HP_FRAME_ADDRESS) - !walk->interrupted);
		if (!rule.word)
			return hp_rule_frame_pointer(walk, chain);
	}
	if (hp_returns_to_start(rule) && i < HP_MAX_FRAMES)
		walk->stack.frames[i] |= HP_FRAME_EXACT;
	return hp_rule_apply(walk, rule, !i);
}

/* Keeps frame i and goes to the caller. 0: go on; 1: the walk is over, walk->status says how. */
__weak int hp_step(struct hp_walk *walk, __u32 i)
{
	__u32 status;
	__u64 frame;

	if (!walk)
		return 1;
	if (walk->trampoline && walk->regs.ip == walk->trampoline)
		hp_uretprobe_return(walk);
	frame = hp_frame_of(walk, walk->regs.ip);
	if (!frame) {
		/* A frame pointer that leads to no code was none. */
		walk->status = !i	     ? HP_STACK_NOT_CODE
			       : walk->by_fp ? HP_STACK_BAD_FP
					     : HP_STACK_BAD_RETURN;
		return 1;
	}
	hp_opaque(i);
	if (i >= HP_MAX_FRAMES)
		return 1;
	walk->stack.frames[i] = walk->interrupted ? frame | HP_FRAME_EXACT : frame;
	walk->stack.n = i + 1;
	status = hp_to_caller(walk, frame, i);
	if (status == HP_RULE_GO_ON)
		return 0;
	walk->status = status;
	return 1;
}

/* The whole walk. A walk that uses up its frames keeps the status set here. */
static __always_inline void hp_walk_user(struct hp_walk *walk)
{
	walk->stack.n = 0;
	hp_code_keep(walk);
	walk->window_full = 0;
	walk->interrupted = !walk->returned;
	walk->by_fp = 0;
	walk->status = HP_STACK_TOO_DEEP;
	for (__u32 i = 0; i < HP_MAX_FRAMES; i++)
		if (i >= walk->max_depth || hp_step(walk, i))
			break;
}

#endif
