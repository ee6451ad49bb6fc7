// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The follow probe: children of the processes in hp_processes join them, so that a command is
 * recorded with everything it starts. Loaded only for `record -- COMMAND`.
 */
#include "lib/maps.bpf.h"

SEC("tp_btf/sched_process_fork")
int BPF_PROG(hp_follow_fork, struct task_struct *parent, struct task_struct *child)
{
	__u32 from = parent->tgid, to = child->tgid;
	__u64 start = child->start_boottime;

	if (from == to) /* a thread */
		return 0;
	if (bpf_map_lookup_elem(&hp_processes, &from))
		bpf_map_update_elem(&hp_processes, &to, &start, BPF_ANY);
	return 0;
}

/*
 * Not at exit: a dying process still burns CPU there. The first thread is freed last. Its number
 * may have been given out again by now, hence the start time.
 */
SEC("tp_btf/sched_process_free")
int BPF_PROG(hp_follow_free, struct task_struct *task)
{
	__u32 tgid = task->tgid;
	__u64 *start;

	if (task->pid != task->tgid)
		return 0;
	start = bpf_map_lookup_elem(&hp_processes, &tgid);
	if (start && *start == task->start_boottime)
		bpf_map_delete_elem(&hp_processes, &tgid);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
