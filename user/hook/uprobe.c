// SPDX-License-Identifier: GPL-2.0-or-later
#include "hook/uprobe.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "util/mem.h"

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

bool uprobe_has(enum uprobe_type type)
{
	struct btf *btf = btf__load_vmlinux_btf();
	bool has = btf && uprobe_in(btf, type);

	btf__free(btf);
	return has;
}

void uprobe_prepare(struct bpf_program *program, enum uprobe_type type)
{
	bpf_program__set_expected_attach_type(program, (enum bpf_attach_type)attach_type(type));
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
	for (size_t i = 0; i < n; i++) {
		offsets[i] = points[i].offset;
		cookies[i] = points[i].cookie;
	}
	link = syscall(SYS_bpf, BPF_LINK_CREATE, &attr, sizeof(attr));
	err = link < 0 ? -errno : 0;
	if (!err)
		vec_push(&links->raw, (int)link);
	free(offsets);
	free(cookies);
	return err;
}
