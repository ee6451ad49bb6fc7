// SPDX-License-Identifier: GPL-2.0-or-later
/* Features of the kernel's BPF: loading, maps, types, helpers, tracepoints. */
#include "hook/feature_test.h"

#include <errno.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "hook/stats.h"
#include "hook/uprobe.h"

/* Anonymous structs and unions inside each other: the kernel has two levels. */
#define MEMBER_DEPTH 4

void feature_test_load(struct feature *f, struct feature_ground *ground)
{
	static const struct bpf_insn program[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0},
		{.code = BPF_JMP | BPF_EXIT},
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_PERF_EVENT, "hp_try", "GPL", program,
			       sizeof(program) / sizeof(program[0]), NULL);

	if (fd < 0) {
		feature_set_error(f, ground, CAP_PERFMON, "loading a BPF program for perf events",
				  errno,
				  "use a kernel with CONFIG_BPF_SYSCALL and CONFIG_BPF_EVENTS");
		return;
	}
	close(fd);
	ground->loads = true;
	feature_set(f, FEATURE_OK, NULL, "a program for perf events was loaded");
}

void feature_test_ringbuf(struct feature *f, struct feature_ground *ground)
{
	unsigned int size = (unsigned int)sysconf(_SC_PAGESIZE);
	int fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "hp_try", 0, 0, size, NULL);

	if (fd < 0) {
		feature_set_error(f, ground, CAP_BPF, "creating a BPF ring buffer", errno,
				  "use a kernel 5.8 or later");
		return;
	}
	close(fd);
	feature_set(f, FEATURE_OK, NULL, "one was created");
}

void feature_test_btf(struct feature *f, struct feature_ground *ground)
{
	if (ground->btf)
		feature_set(f, FEATURE_OK, NULL, "%u types", btf__type_cnt(ground->btf));
	else
		feature_set_error(f, ground, CAP_DAC_READ_SEARCH, "/sys/kernel/btf/vmlinux",
				  ground->btf_error,
				  "use a kernel built with CONFIG_DEBUG_INFO_BTF");
}

static bool has_member(const struct btf *btf, const struct btf_type *type, const char *name,
		       int depth)
{
	const struct btf_member *m = btf_members(type);
	unsigned int i, n = btf_vlen(type);

	for (i = 0; i < n; i++, m++) {
		const char *its = btf__name_by_offset(btf, m->name_off);
		const struct btf_type *inner;

		if (its && !strcmp(its, name))
			return true;
		if (its && *its)
			continue;
		inner = btf__type_by_id(btf, m->type);
		if (inner && btf_is_composite(inner) && depth < MEMBER_DEPTH &&
		    has_member(btf, inner, name, depth + 1))
			return true;
	}
	return false;
}

struct member {
	const char *type, *name;
};

/* What the walk from a task to the file of an address reads. */
static const struct member walk_members[] = {
	{"task_struct", "start_boottime"}, /* 5.5 */
	{"vm_area_struct", "vm_start"},	   {"vm_area_struct", "vm_file"}, {"file", "f_inode"},
	{"inode", "i_generation"},	   {"super_block", "s_dev"},	  {NULL, NULL},
};

/* How a process's mappings are kept: one of the two. */
static const struct member maple_members[] = {
	{"mm_struct", "mm_mt"}, /* 6.1 */
	{"maple_tree", "ma_root"},    {"maple_range_64", "pivot"},
	{"maple_arange_64", "pivot"}, {NULL, NULL},
};

static const struct member red_black_members[] = {
	{"mm_struct", "mm_rb"},
	{"vm_area_struct", "vm_rb"},
	{NULL, NULL},
};

/* The first member that the kernel's types lack, or NULL. */
static const struct member *lacking_member(const struct btf *btf, const struct member *m)
{
	for (; m->type; m++) {
		int id = btf__find_by_name_kind(btf, m->type, BTF_KIND_STRUCT);
		const struct btf_type *type = id > 0 ? btf__type_by_id(btf, (uint32_t)id) : NULL;

		if (!type || !has_member(btf, type, m->name, 0))
			return m;
	}
	return NULL;
}

static const char *const needs_btf = "the kernel's types cannot be read (see btf)";

void feature_test_user_stacks(struct feature *f, struct feature_ground *ground)
{
	const struct member *lacking;

	if (!ground->btf) {
		feature_set(f, FEATURE_UNKNOWN, NULL, "%s", needs_btf);
		return;
	}
	lacking = lacking_member(ground->btf, walk_members);
	if (!lacking && !lacking_member(ground->btf, maple_members)) {
		feature_set(f, FEATURE_OK, NULL, "mappings are kept in a maple tree");
		return;
	}
	if (!lacking && !lacking_member(ground->btf, red_black_members)) {
		feature_set(f, FEATURE_OK, NULL,
			    "mappings are kept in a red-black tree, as before Linux 6.1");
		return;
	}
	if (!lacking)
		lacking = &maple_members[0];
	feature_set(f, FEATURE_MISSING, "use a kernel 6.1 or later",
		    "Linux %s has no %s.%s, which the walk over a process's mappings reads",
		    ground->release, lacking->type, lacking->name);
}

void feature_test_task_registers(struct feature *f, struct feature_ground *ground)
{
	int has;

	if (!ground->loads) {
		/* The question is put by loading a program: a refusal would read as a yes. */
		feature_set(f, FEATURE_UNKNOWN, NULL,
			    "no BPF program can be loaded (see bpf-load)");
		return;
	}
	has = libbpf_probe_bpf_helper(BPF_PROG_TYPE_PERF_EVENT, BPF_FUNC_task_pt_regs, NULL);
	if (has > 0)
		feature_set(f, FEATURE_OK, NULL, "bpf_task_pt_regs() for perf events");
	else if (!has)
		feature_set(f, FEATURE_MISSING, "use a kernel 5.15 or later",
			    "Linux %s has no bpf_task_pt_regs() for perf events", ground->release);
	else
		feature_set(f, FEATURE_UNKNOWN, NULL, "asking for bpf_task_pt_regs(): %s",
			    strerror(-has));
}

void feature_test_follow(struct feature *f, struct feature_ground *ground)
{
	static const char *const names[] = {
		"btf_trace_sched_process_fork",
		"btf_trace_sched_process_free",
	};
	size_t i;

	if (!ground->btf) {
		feature_set(f, FEATURE_UNKNOWN, NULL, "%s", needs_btf);
		return;
	}
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (btf__find_by_name_kind(ground->btf, names[i], BTF_KIND_TYPEDEF) > 0)
			continue;
		feature_set(f, FEATURE_MISSING,
			    "use a kernel 5.5 or later, built with CONFIG_TRACEPOINTS",
			    "the kernel's types have no %s", names[i]);
		return;
	}
	feature_set(f, FEATURE_OK, NULL, "sched_process_fork and sched_process_free have types");
}

void feature_test_memory_tracepoint(struct feature *f, struct feature_ground *ground)
{
	static const char name[] = "btf_trace_mm_page_alloc";

	if (!ground->btf)
		feature_set(f, FEATURE_UNKNOWN, NULL, "%s", needs_btf);
	else if (btf__find_by_name_kind(ground->btf, name, BTF_KIND_TYPEDEF) > 0)
		feature_set(f, FEATURE_OK, NULL, "mm_page_alloc has a type");
	else
		feature_set(f, FEATURE_MISSING,
			    "use a kernel 5.5 or later, built with CONFIG_TRACEPOINTS",
			    "the kernel's types have no %s", name);
}

static void uprobe_test(struct feature *f, struct feature_ground *ground, enum uprobe_type type,
			const char *ok, const char *what, const char *remedy)
{
	if (!ground->btf)
		feature_set(f, FEATURE_UNKNOWN, NULL, "%s", needs_btf);
	else if (uprobe_in(ground->btf, type))
		feature_set(f, FEATURE_OK, NULL, "%s", ok);
	else
		feature_set(f, FEATURE_MISSING, remedy, "Linux %s has no %s", ground->release,
			    what);
}

void feature_test_uprobes(struct feature *f, struct feature_ground *ground)
{
	if (uprobe_has_events())
		feature_set(f, FEATURE_OK, NULL, "perf events can be uprobes");
	else
		feature_set(f, FEATURE_MISSING,
			    "use a kernel with CONFIG_UPROBE_EVENTS, and mount /sys",
			    "Linux %s shows no uprobe events", ground->release);
}

void feature_test_lock_tracepoints(struct feature *f, struct feature_ground *ground)
{
	static const char name[] = "btf_trace_contention_begin"; /* 5.19 (16edd9b511a1) */

	if (!ground->btf)
		feature_set(f, FEATURE_UNKNOWN, NULL, "%s", needs_btf);
	else if (btf__find_by_name_kind(ground->btf, name, BTF_KIND_TYPEDEF) > 0)
		feature_set(f, FEATURE_OK, NULL, "contention_begin and contention_end have types");
	else
		feature_set(f, FEATURE_MISSING, "use a kernel 5.19 or later",
			    "the kernel's types have no %s", name);
}

void feature_test_uprobe_multi(struct feature *f, struct feature_ground *ground)
{
	uprobe_test(f, ground, UPROBE_ENTRY, "one link can have many uprobes",
		    "links of many uprobes: each probe is attached on its own, which takes longer",
		    "use a kernel 6.6 or later, with CONFIG_UPROBES");
}

void feature_test_uprobe_session(struct feature *f, struct feature_ground *ground)
{
	uprobe_test(f, ground, UPROBE_SESSION, "uprobes can be sessions",
		    "uprobe sessions: each malloc's return is probed too, and operator new of "
		    "jemalloc, tcmalloc and mimalloc not at all",
		    "use a kernel 6.13 or later");
}

void feature_test_bpf_stats(struct feature *f, struct feature_ground *ground)
{
	int fd = bpf_stats_open();

	if (fd < 0) { /* the one thing here for which CAP_BPF is not enough */
		feature_set_error(f, ground, CAP_SYS_ADMIN, "BPF_ENABLE_STATS", -fd,
				  "use a kernel 5.8 or later");
		return;
	}
	close(fd);
	feature_set(f, FEATURE_OK, NULL, "the kernel counts run time while we record");
}

void feature_test_jit(struct feature *f, struct feature_ground *ground)
{
	long on;
	int err = feature_read_number("/proc/sys/net/core/bpf_jit_enable", &on);

	if (err) /* root's alone, and shown in the host's network namespace alone */
		feature_set(f, FEATURE_UNKNOWN,
			    err == -ENOENT ? "look on the host: sysctl net.core.bpf_jit_enable"
					   : feature_remedy_denied(ground, CAP_SYS_ADMIN),
			    "net.core.bpf_jit_enable: %s", strerror(-err));
	else if (on)
		feature_set(f, FEATURE_OK, NULL, "net.core.bpf_jit_enable is %ld", on);
	else
		feature_set(f, FEATURE_MISSING, "sysctl -w net.core.bpf_jit_enable=1",
			    "net.core.bpf_jit_enable is 0: programs are interpreted, many times "
			    "slower");
}
