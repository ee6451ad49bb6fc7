/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HP_FILTER_BPF_H
#define HP_FILTER_BPF_H
/* Is a task, current or not, one that was asked for? Cheapest test first; nothing asked:
 * everything. */
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

static __always_inline bool hp_filter_named(struct task_struct *task)
{
	__u32 tgid = task->tgid, tid = task->pid;

	return bpf_map_lookup_elem(&hp_processes, &tgid) || bpf_map_lookup_elem(&hp_threads, &tid);
}

static __always_inline bool hp_filter_itself(struct task_struct *task)
{
	if ((hp_config.filter & HP_FILTER_TASKS) && !hp_filter_named(task))
		return false;
	return !(hp_config.filter & HP_FILTER_COMM) || hp_filter_comm(task);
}

/* Where nothing may be changed and no lock taken: a cgroup that was never seen was not asked for.
 */
static __always_inline bool hp_filter_known(struct task_struct *task)
{
	const __u32 by_cgroup = HP_FILTER_CGROUP | HP_FILTER_PLACE;
	struct hp_cgroup *cgroup;

	if (!hp_config.filter)
		return true;
	if (!hp_filter_itself(task))
		return false;
	if (!(hp_config.filter & by_cgroup))
		return true;
	cgroup = hp_cgroup_known(task);
	return cgroup && (!(hp_config.filter & HP_FILTER_CGROUP) || cgroup->asked) &&
	       (!(hp_config.filter & HP_FILTER_PLACE) || cgroup->verdict != HP_VERDICT_NO);
}

static __always_inline bool hp_filter_task(struct task_struct *task)
{
	if (!hp_config.filter)
		return true;
	if (!hp_filter_itself(task))
		return false;
	if ((hp_config.filter & HP_FILTER_CGROUP) && !hp_cgroup_asked(task))
		return false;
	if ((hp_config.filter & HP_FILTER_PLACE) && hp_cgroup_refused(task))
		return false;
	return true;
}

#endif
