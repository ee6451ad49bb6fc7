// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Three ways to take the user's stack, each a program of its own that does this and nothing else:
 * ours, bpf_get_stack(), and bpf_get_stackid(). Linked with the unwinder as a probe is.
 */
#include "lib/maps.bpf.h"
#include "unwind/unwind.h"

#define STACK_IDS 16384

struct walks_count {
	__u64 frames, complete;
};

struct walks_count walks_ours, walks_get_stack; /* of one task: nobody else writes */

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64[HP_MAX_FRAMES]);
} walks_frames SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, STACK_IDS);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u64) * HP_MAX_FRAMES);
} walks_stacks SEC(".maps");

/* As in the cpu probe: from the context or from the task, never joined. */
static __noinline int walks_regs(struct bpf_perf_event_data *ctx, struct hp_walk *walk)
{
	HP_WALK_REGS(walk, &ctx->regs);
	return 0;
}

SEC("perf_event")
int walk_ours(struct bpf_perf_event_data *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u32 slot = HP_SLOT_PERF;
	struct hp_walk *walk = bpf_map_lookup_elem(&hp_walks, &slot);
	struct pt_regs *regs;

	if (!walk)
		return 0;
	if (HP_USER_CS(&ctx->regs)) {
		walks_regs(ctx, walk);
	} else {
		regs = (struct pt_regs *)bpf_task_pt_regs(task);
		HP_WALK_REGS(walk, regs);
	}
	walk->mm = (__u64)task->mm;
	walk->max_depth = HP_MAX_FRAMES;
	walk->tgid = task->tgid;
	walk->start = task->group_leader->start_boottime;
	hp_unwind_user(walk);
	walks_ours.frames += walk->stack.n;
	walks_ours.complete += walk->status == HP_STACK_COMPLETE;
	return 0;
}

SEC("perf_event")
int walk_get_stack(struct bpf_perf_event_data *ctx)
{
	__u32 zero = 0;
	__u64 *frames = bpf_map_lookup_elem(&walks_frames, &zero);
	long size;

	if (!frames)
		return 0;
	size = bpf_get_stack(ctx, frames, HP_MAX_FRAMES * sizeof(*frames), BPF_F_USER_STACK);
	if (size > 0)
		walks_get_stack.frames += size / sizeof(*frames);
	return 0;
}

SEC("perf_event")
int walk_stackid(struct bpf_perf_event_data *ctx)
{
	bpf_get_stackid(ctx, &walks_stacks, BPF_F_USER_STACK);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
