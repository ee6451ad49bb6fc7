// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The yardstick of the stack walk: the same event, the same tasks, both stacks taken by the
 * kernel's own bpf_get_stack(), and nothing done with them.
 */
#include "lib/hp.bpf.h"

struct stacks {
	__u64 kernel[HP_MAX_FRAMES], user[HP_MAX_FRAMES];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct stacks);
} stacks SEC(".maps");

SEC("perf_event")
int getstack_tick(struct bpf_perf_event_data *ctx)
{
	__u32 zero = 0;
	struct stacks *to = bpf_map_lookup_elem(&stacks, &zero);

	if (!to || !(__u32)bpf_get_current_pid_tgid())
		return 0;
	if (!HP_USER_CS(&ctx->regs))
		bpf_get_stack(ctx, to->kernel, sizeof(to->kernel), 0);
	bpf_get_stack(ctx, to->user, sizeof(to->user), BPF_F_USER_STACK);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
