// SPDX-License-Identifier: GPL-2.0-or-later
#include "hook/perf.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "util/clock.h"
#include "util/procfs.h"

static int event_open(struct perf_event_attr *attr, int cpu)
{
	long fd = syscall(SYS_perf_event_open, attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : (int)fd;
}

static struct perf_event_attr event_attr(enum perf_source source, uint64_t frequency)
{
	struct perf_event_attr attr = {.size = sizeof(attr)};

	if (source == PERF_SOURCE_CYCLES) {
		attr.type = PERF_TYPE_HARDWARE;
		attr.config = PERF_COUNT_HW_CPU_CYCLES;
		attr.freq = 1;
		attr.sample_freq = frequency;
	} else {
		/* A period rather than a frequency: exact, and no limit but the throttle's. */
		attr.type = PERF_TYPE_SOFTWARE;
		attr.config = PERF_COUNT_SW_CPU_CLOCK;
		attr.sample_period = NSEC_PER_SEC / frequency;
	}
	return attr;
}

bool perf_has_cycles(void)
{
	struct perf_event_attr attr = event_attr(PERF_SOURCE_CYCLES, 99);
	int fd = event_open(&attr, 0);

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

const char *perf_source_name(enum perf_source source)
{
	return source == PERF_SOURCE_CYCLES ? "cycles" : "cpu-clock";
}

static int attach_cpu(struct links *links, const struct bpf_program *program,
		      struct perf_event_attr *attr, int cpu)
{
	int fd = event_open(attr, cpu);

	return fd < 0 ? fd : links_attach_event(links, program, fd);
}

int perf_attach_all(struct links *links, const struct bpf_program *program, enum perf_source source,
		    uint64_t frequency, uint32_t *ret_cpus)
{
	struct perf_event_attr attr = event_attr(source, frequency);
	struct buf online = {0};
	uint32_t n = 0;
	char *at;
	int err;

	/* "0-3,5,8-11" */
	err = procfs_read("/sys/devices/system/cpu/online", &online, 4096);
	if (err)
		goto out;
	for (at = online.data; at && *at >= '0' && *at <= '9'; at += *at == ',') {
		long first = strtol(at, &at, 10), last = first;

		if (*at == '-')
			last = strtol(at + 1, &at, 10);
		for (long cpu = first; cpu <= last; cpu++) {
			err = attach_cpu(links, program, &attr, (int)cpu);
			if (err && err != -ENODEV)
				goto out;
			n += !err;
		}
	}
	err = n ? 0 : -ENODEV;
	if (!err)
		*ret_cpus = n;
out:
	buf_done(&online);
	return err;
}
