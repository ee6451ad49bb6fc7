// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/accounts.h"

#include <errno.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

int accounts_read(int stats_map, uint32_t kind, struct hp_stats *ret_sum)
{
	int cpus = libbpf_num_possible_cpus();
	struct hp_stats *each, sum = {0};
	int err = 0;

	if (cpus < 0)
		return cpus;
	each = mem_array((size_t)cpus, sizeof(*each));
	if (bpf_map_lookup_elem(stats_map, &kind, each)) {
		err = -errno;
		goto out;
	}
	/* struct hp_stats is an array of counters. */
	for (int cpu = 0; cpu < cpus; cpu++)
		for (size_t i = 0; i < sizeof(sum) / sizeof(uint64_t); i++)
			((uint64_t *)&sum)[i] += ((const uint64_t *)&each[cpu])[i];
	*ret_sum = sum;
out:
	free(each);
	return err;
}

#define BUILD_REMEDY "build it with -fno-omit-frame-pointer or unwind tables"
#define JAVA_REMEDY  "java: run it with -XX:+PreserveFramePointer"

/* By where the walks ended: all but a tenth in either sort of code, or in both. */
static const char *frame_pointer_remedy(uint64_t all, uint64_t java)
{
	if (java * 10 < all)
		return BUILD_REMEDY;
	return java * 10 > all * 9 ? JAVA_REMEDY : BUILD_REMEDY "; " JAVA_REMEDY;
}

void accounts_fill(struct recording_kind *kind, const struct hp_stats *sum,
		   const struct decode_counts *counts)
{
	struct recording_count lost[] = {
#define HP_LOSS(id, key, text) {.name = key, .what = text, .n = sum->lost[HP_LOSS_##id]},
#include "hostprof/stats.def"
#undef HP_LOSS
	};
	struct recording_count stacks[] = {
#define HP_STACK(id, key, text) {.name = key, .what = text, .n = sum->stacks[HP_STACK_##id]},
#include "hostprof/stats.def"
#undef HP_STACK
	};
	uint64_t missing = counts->missing_stacks;

	/* The kernel could not know yet that nobody wanted the foreign ones. */
	kind->attempted = sum->attempted - counts->foreign;
	kind->delivered = counts->samples;
	if (sum->delivered > counts->samples + counts->foreign)
		lost[HP_LOSS_UNREAD].n += sum->delivered - counts->samples - counts->foreign;
	/* The kernel counted the stacks that never came as whole ones. */
	if (missing > stacks[HP_STACK_COMPLETE].n)
		missing = stacks[HP_STACK_COMPLETE].n;
	stacks[HP_STACK_COMPLETE].n -= missing;
	stacks[HP_STACK_LOST].n += missing;
	stacks[HP_STACK_BAD_FP].remedy =
		frame_pointer_remedy(stacks[HP_STACK_BAD_FP].n, counts->java_stacks);
	kind->complete = stacks[HP_STACK_COMPLETE].n;
	vec_append(&kind->lost, lost, (size_t)HP_LOSSES);
	vec_append(&kind->truncated, stacks + 1, (size_t)HP_STACK_STATUSES - 1);
}
