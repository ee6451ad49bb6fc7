/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HP_FILTER_BPF_H
#define HP_FILTER_BPF_H
/* Is the current task one that was asked for? Cheapest test first; nothing asked: everything. */
#include "lib/cgroup.bpf.h"
#include "lib/config.bpf.h"
#include "lib/maps.bpf.h"

static __always_inline bool hp_filter_comm(struct task_struct *task)
{
	__u64 have[2] = {}, want[2];

	/* TASK_COMM_LEN is 16; what stands behind the NUL is not always zero, so copy as a string.
	 */
	bpf_probe_read_kernel_str(have, sizeof(have), task->group_leader->comm);
	want[0] = *(const volatile __u64 *)&hp_config.comm[0];
	want[1] = *(const volatile __u64 *)&hp_config.comm[8];
	return have[0] == want[0] && have[1] == want[1];
}

#define HP_CGROUP_DEPTH 32

static __always_inline bool hp_filter_cgroup(struct task_struct *task)
{
	struct cgroup *cgroup = BPF_CORE_READ(task, cgroups, dfl_cgrp);

	for (int i = 0; i < HP_CGROUP_DEPTH && cgroup; i++) {
		if (BPF_CORE_READ(cgroup, kn, id) == hp_config.cgroup)
			return true;
		/* struct cgroup begins with its `self`. */
		cgroup = (struct cgroup *)BPF_CORE_READ(cgroup, self.parent);
	}
	return false;
}

static __always_inline bool hp_filter_named(struct task_struct *task)
{
	__u32 tgid = task->tgid, tid = task->pid;

	return bpf_map_lookup_elem(&hp_processes, &tgid) || bpf_map_lookup_elem(&hp_threads, &tid);
}

static __always_inline bool hp_filter_task(struct task_struct *task)
{
	if (!hp_config.filter)
		return true;
	if ((hp_config.filter & HP_FILTER_TASKS) && !hp_filter_named(task))
		return false;
	if ((hp_config.filter & HP_FILTER_COMM) && !hp_filter_comm(task))
		return false;
	if ((hp_config.filter & HP_FILTER_CGROUP) &&
	    bpf_current_task_under_cgroup(&hp_cgroup, 0) != 1)
		return false;
	if ((hp_config.filter & HP_FILTER_PLACE) && hp_cgroup_refused(task))
		return false;
	return true;
}

/* The same for a task that need not be the current one. */
static __always_inline bool hp_filter_other(struct task_struct *task)
{
	if (!hp_config.filter)
		return true;
	if ((hp_config.filter & HP_FILTER_TASKS) && !hp_filter_named(task))
		return false;
	if ((hp_config.filter & HP_FILTER_COMM) && !hp_filter_comm(task))
		return false;
	if ((hp_config.filter & HP_FILTER_PLACE) && hp_cgroup_refused(task))
		return false;
	return !(hp_config.filter & HP_FILTER_CGROUP) || hp_filter_cgroup(task);
}

#endif
