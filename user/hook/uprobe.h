/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_HOOK_UPROBE_H
#define HOSTPROF_HOOK_UPROBE_H
/*
 * Probes on instructions of a file, for one process: many at once by one link (uprobe_multi, 6.6:
 * 89ae89f53d20), either at the entry only, or as a session (6.13: d920179b3d48), where one program
 * sees the entry and, if it says so there, the return. By the system call itself: libbpf came to
 * know sessions later than the distributions' versions. Before 6.6 each probe is a perf event of
 * its own, with two descriptors.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "hook/links.h"

struct btf;

enum uprobe_type {
	UPROBE_ENTRY,
	UPROBE_RETURN,
	UPROBE_SESSION,
	UPROBE_EVENT_ENTRY, /* the first two, as perf events */
	UPROBE_EVENT_RETURN
};

struct uprobe_point {
	uint64_t offset; /* in the file */
	uint64_t cookie; /* for bpf_get_attach_cookie() */
};

/* What this kernel has. */
struct uprobe_types {
	bool session;
	enum uprobe_type entry, leave; /* the best for each without a session */
};

/* Reads all of the kernel's own types (BTF), which takes some ms: to be asked once and kept. */
void uprobe_find_types(struct uprobe_types *ret_types);
/* Has a kernel of these types such? Of all but events. */
bool uprobe_in(const struct btf *btf, enum uprobe_type type);
bool uprobe_has_events(void); /* by sysfs */

/* Before the program is loaded. */
void uprobe_prepare(struct bpf_program *program, enum uprobe_type type);
/* `fd` is the file; only process `tgid` is probed. 0 or -errno. */
int uprobe_attach(struct links *links, const struct bpf_program *program, enum uprobe_type type,
		  int fd, uint32_t tgid, const struct uprobe_point *points, size_t n);

#endif
