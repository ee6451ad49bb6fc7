// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The cpu probe: a perf event on every CPU, by time or by cycles. Each tick that finds a task
 * which was asked for is one sample. Its user half opens the events.
 */
#include "lib/config.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/sample.bpf.h"
#include "unwind/unwind.h"

/* A function of its own, lest the compiler joins the two ways below: the verifier refuses an
 * instruction that loads from the context once and from a kernel struct another time. */
static __noinline int cpu_user_regs(struct bpf_perf_event_data *ctx, struct hp_walk *walk)
{
	HP_WALK_REGS(walk, &ctx->regs);
	return 0;
}

static __always_inline __u64 cpu_user_stack(struct bpf_perf_event_data *ctx,
					    struct task_struct *task, struct hp_walk *walk,
					    struct hp_stats *stats)
{
	/* The registers at hand if they are a user's, else those it entered the kernel with. */
	if (!HP_USER_CS(&ctx->regs))
		return hp_stack_user_entry(task, walk, stats);
	if (hp_stack_none(task, stats))
		return 0;
	cpu_user_regs(ctx, walk);
	return hp_stack_user(task, walk, stats);
}

SEC("perf_event")
int hp_cpu_tick(struct bpf_perf_event_data *ctx)
{
	struct hp_stats *stats = hp_stats_of(HP_KIND_CPU);
	__u64 user = 0, kernel = 0, value;
	struct hp_sample sample = {};
	struct task_struct *task;
	struct hp_walk *walk;

	if (!stats)
		return 0;
	task = bpf_get_current_task_btf();
	if (!task->pid) /* idle is not a sample */
		return 0;
	stats->ticks++;
	if (!hp_filter_task(task))
		return 0;
	stats->attempted++;
	walk = hp_walk_of(HP_SLOT_PERF);
	if (!walk)
		return 0;
	if (!hp_config.no_kernel && !HP_USER_CS(&ctx->regs))
		kernel = hp_stack_kernel(ctx, walk, stats);
	if (!hp_config.no_user)
		user = cpu_user_stack(ctx, task, walk, stats);
	value = hp_config.cycles ? ctx->sample_period : hp_config.period_ns;
	hp_sample_fill(&sample, task, HP_KIND_CPU, user, kernel, value);
	hp_sample_put(&sample, sizeof(sample), stats);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
