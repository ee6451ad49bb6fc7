// SPDX-License-Identifier: GPL-2.0-or-later
#include "hook/uprobe.h"

#include <errno.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "util/mem.h"
#include "util/procfs.h"

#define PMU_TYPE   "/sys/bus/event_source/devices/uprobe/type"
#define PMU_RETURN 1u /* attr.config, bit 0, as in the PMU's format/retprobe since 4.17 */
#define MAX_NUMBER 64

/* union bpf_attr's link_create for uprobe_multi, as of 6.13. */
struct link_create {
	uint32_t prog_fd, target_fd, attach_type, flags;
	uint64_t path, offsets, ref_ctr_offsets, cookies;
	uint32_t count, probe_flags, pid, reserved;
};

/* enum bpf_attach_type */
static uint32_t attach_type(enum uprobe_type type)
{
	return type == UPROBE_SESSION ? 57 : 48;
}

bool uprobe_in(const struct btf *btf, enum uprobe_type type)
{
	return btf__find_by_name_kind(btf, "bpf_uprobe_multi_link", BTF_KIND_STRUCT) > 0 &&
	       (type != UPROBE_SESSION ||
		btf__find_by_name_kind(btf, "bpf_session_cookie", BTF_KIND_FUNC) > 0);
}

static bool is_event(enum uprobe_type type)
{
	return type == UPROBE_EVENT_ENTRY || type == UPROBE_EVENT_RETURN;
}

/* The PMU's number for perf_event_open(); negative: there is none. */
static int pmu_type(void)
{
	struct buf text = {0};
	int type = -1;

	if (!procfs_read(PMU_TYPE, &text, MAX_NUMBER))
		type = atoi(buf_str(&text));
	buf_done(&text);
	return type;
}

bool uprobe_has_events(void)
{
	return pmu_type() >= 0;
}

void uprobe_find_types(struct uprobe_types *ret_types)
{
	struct btf *btf = btf__load_vmlinux_btf();
	struct uprobe_types types = {.entry = UPROBE_EVENT_ENTRY, .leave = UPROBE_EVENT_RETURN};

	if (btf && uprobe_in(btf, UPROBE_ENTRY)) {
		types.session = uprobe_in(btf, UPROBE_SESSION);
		types.entry = UPROBE_ENTRY;
		types.leave = UPROBE_RETURN;
	}
	btf__free(btf);
	*ret_types = types;
}

void uprobe_prepare(struct bpf_program *program, enum uprobe_type type)
{
	if (is_event(type)) /* a plain kprobe program */
		return;
	bpf_program__set_expected_attach_type(program, (enum bpf_attach_type)attach_type(type));
}

/* Of one thread by name; its breakpoint is in all of the process, and the program runs for each. */
static int attach_event(struct links *links, const struct bpf_program *program,
			const struct perf_event_attr *attr, uint32_t tgid, uint64_t cookie)
{
	LIBBPF_OPTS(bpf_perf_event_opts, opts, .bpf_cookie = cookie);
	long fd = syscall(SYS_perf_event_open, attr, tgid, -1, -1, PERF_FLAG_FD_CLOEXEC);
	struct bpf_link *link;
	int err;

	if (fd < 0)
		return -errno;
	link = bpf_program__attach_perf_event_opts(program, (int)fd, &opts);
	if (!link) {
		err = -errno;
		close((int)fd);
		return err;
	}
	vec_push(&links->list, link);
	return 0;
}

static int attach_events(struct links *links, const struct bpf_program *program,
			 enum uprobe_type type, const char *path, uint32_t tgid,
			 const struct uprobe_point *points, size_t n)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = (uint32_t)pmu_type(),
		.config = type == UPROBE_EVENT_RETURN ? PMU_RETURN : 0,
		.uprobe_path = (uintptr_t)path,
	};
	int err = 0;

	for (size_t i = 0; i < n && !err; i++) {
		attr.probe_offset = points[i].offset;
		err = attach_event(links, program, &attr, tgid, points[i].cookie);
	}
	return err;
}

int uprobe_attach(struct links *links, const struct bpf_program *program, enum uprobe_type type,
		  int fd, uint32_t tgid, const struct uprobe_point *points, size_t n)
{
	uint64_t *offsets = mem_array(n, sizeof(*offsets));
	uint64_t *cookies = mem_array(n, sizeof(*cookies));
	char path[64];
	struct link_create attr = {
		.prog_fd = (uint32_t)bpf_program__fd(program),
		.attach_type = attach_type(type),
		.probe_flags = type == UPROBE_RETURN, /* BPF_F_UPROBE_MULTI_RETURN */
		.path = (uintptr_t)path,
		.offsets = (uintptr_t)offsets,
		.cookies = (uintptr_t)cookies,
		.count = (uint32_t)n,
		.pid = tgid,
	};
	long link;
	int err;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (is_event(type)) {
		err = attach_events(links, program, type, path, tgid, points, n);
		goto out;
	}
	for (size_t i = 0; i < n; i++) {
		offsets[i] = points[i].offset;
		cookies[i] = points[i].cookie;
	}
	link = syscall(SYS_bpf, BPF_LINK_CREATE, &attr, sizeof(attr));
	err = link < 0 ? -errno : 0;
	if (!err)
		vec_push(&links->raw, (int)link);
out:
	free(offsets);
	free(cookies);
	return err;
}
