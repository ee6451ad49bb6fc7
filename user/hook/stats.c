// SPDX-License-Identifier: GPL-2.0-or-later
#include "hook/stats.h"

#include <errno.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

int bpf_stats_open(void)
{
	int fd = bpf_enable_stats(BPF_STATS_RUN_TIME);

	return fd < 0 ? -errno : fd;
}

void bpf_stats_add(const struct bpf_object *object, uint64_t *ns, uint64_t *runs)
{
	struct bpf_program *program;

	bpf_object__for_each_program(program, object)
	{
		struct bpf_prog_info info = {0};
		__u32 size = sizeof(info);

		if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size))
			continue;
		*ns += info.run_time_ns;
		*runs += info.run_cnt;
	}
}
