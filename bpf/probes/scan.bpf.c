// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The scan probe: tells the files with code of the processes that already run, before the first
 * sample, so that their unwind tables are in place by then. An iterator over all mappings: it uses
 * the very code that a walk uses on first sight, so a file gets the same number.
 */
#include "lib/config.bpf.h"
#include "lib/maps.bpf.h"
#include "unwind/binary.bpf.h"

SEC("iter/task_vma")
int hp_scan_vma(struct bpf_iter__task_vma *ctx)
{
	struct vm_area_struct *vma = ctx->vma;
	struct task_struct *task = ctx->task;
	__u32 slot = HP_SLOT_ITER, tgid;
	struct hp_walk *walk;

	if (!vma || !task || !vma->vm_file || !(vma->vm_flags & VM_EXEC))
		return 0;
	tgid = task->tgid;
	if (task->pid != task->tgid) /* threads share their mappings */
		return 0;
	if ((hp_config.filter & HP_FILTER_TASKS) && !bpf_map_lookup_elem(&hp_processes, &tgid))
		return 0;
	walk = bpf_map_lookup_elem(&hp_walks, &slot);
	if (!walk)
		return 0;
	walk->tgid = tgid;
	hp_binary_id(walk, (__u64)vma, vma->vm_file);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
