/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_VMLINUX_H
#define HOSTPROF_VMLINUX_H
/*
 * The kernel types that our BPF code touches, and of them only the fields it touches. Field
 * offsets are found at load time in the running kernel's BTF (CO-RE), so order and size here mean
 * nothing. `make check` compares every name with the running kernel. What differs between kernels
 * is in compat.h, what differs between machines in x86.h and its kin.
 */
#include <stdbool.h>
#include <linux/types.h>
#include <linux/bpf.h>

#ifndef __bpf__
#define HP_CORE /* compiled for the host: the layout here is the layout */
#else
#define HP_CORE __attribute__((preserve_access_index))
#endif

typedef __u32 hp_dev_t;

struct super_block {
	hp_dev_t s_dev;
} HP_CORE;

struct inode {
	__u16 i_mode;
	struct super_block *i_sb;
	unsigned long i_ino;
	__u32 i_generation;
} HP_CORE;

struct qstr {
	const unsigned char *name;
} HP_CORE;

struct dentry {
	struct dentry *d_parent;
	struct qstr d_name;
} HP_CORE;

struct path {
	struct dentry *dentry;
} HP_CORE;

struct file {
	struct path f_path;
	struct inode *f_inode;
} HP_CORE;

struct vm_area_struct {
	unsigned long vm_start;
	unsigned long vm_end;
	unsigned long vm_flags;
	unsigned long vm_pgoff;
	struct file *vm_file;
} HP_CORE;

/* The maple tree of a process's mappings (6.1: 524e00b36e8c "mm: remove rb tree"). */
struct maple_tree {
	void *ma_root;
} HP_CORE;

struct maple_range_64 {
	unsigned long pivot[15];
	void *slot[16];
} HP_CORE;

struct maple_arange_64 {
	unsigned long pivot[9];
	void *slot[10];
} HP_CORE;

typedef struct {
	void *vdso;
} HP_CORE mm_context_t;

struct xol_area {
	unsigned long vaddr;
} HP_CORE;

struct uprobes_state {
	struct xol_area *xol_area;
} HP_CORE;

struct return_instance {
	unsigned long stack; /* where the return address stands */
	unsigned long orig_ret_vaddr;
	struct return_instance *next;
} HP_CORE;

struct uprobe_task {
	struct return_instance *return_instances;
} HP_CORE;

struct mm_struct {
	struct maple_tree mm_mt;
	unsigned long task_size;
	unsigned long start_stack;
	mm_context_t context;
	struct uprobes_state uprobes_state;
} HP_CORE;

struct bpf_iter__task_vma {
	struct task_struct *task;
	struct vm_area_struct *vma;
} HP_CORE;

struct hlist_node;

struct hlist_head {
	struct hlist_node *first;
} HP_CORE;

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
} HP_CORE;

struct files_struct {
	struct fdtable *fdt;
} HP_CORE;

/* A thread's number in a pid namespace. */
struct upid {
	int nr;
} HP_CORE;

struct pid {
	unsigned int level; /* of namespaces: 0 is the host's own */
	struct upid numbers[1];
} HP_CORE;

struct sched_entity {
	__u64 sum_exec_runtime; /* ns on the CPU */
} HP_CORE;

struct thread_info {
	__u32 status;
} HP_CORE;

struct thread_struct {
	unsigned long fsbase; /* x86-64 */
} HP_CORE;

struct kernfs_node {
	const char *name;
	__u64 id;
} HP_CORE;

struct cgroup_root {
	int hierarchy_id; /* 0: cgroup2 */
} HP_CORE;

struct cgroup_subsys_state {
	struct cgroup *cgroup;
	struct cgroup_subsys_state *parent;
	__u64 serial_nr; /* never given out twice */
} HP_CORE;

struct cgroup {
	struct cgroup_subsys_state self;
	struct kernfs_node *kn;
	struct cgroup_root *root;
} HP_CORE;

/* The cgroups of a task, one a hierarchy. */
struct css_set {
	struct cgroup_subsys_state *subsys[1]; /* by enum cgroup_subsys_id */
	struct cgroup *dfl_cgrp;	       /* in cgroup2 */
} HP_CORE;

/* Their values are found at load time. */
enum cgroup_subsys_id { pids_cgrp_id = 1, memory_cgrp_id = 2 };

/* What restart_syscall(2) goes on with. */
struct restart_block {
	long (*fn)(struct restart_block *block);
} HP_CORE;

struct signal_struct {
	unsigned int flags;
} HP_CORE;

struct task_struct {
	struct thread_info thread_info;
	unsigned int __state; /* 5.14: 2f064a59a11f */
	unsigned int flags;
	int on_cpu;
	struct sched_entity se;
	int exit_state;
	int pid;
	int tgid;
	struct task_struct *group_leader;
	struct mm_struct *mm;
	__u64 start_boottime;
	__u64 self_exec_id; /* one more with each exec (u64 since 5.7: d1e7fd6462ca) */
	struct signal_struct *signal;
	char comm[16];
	struct uprobe_task *utask;
	struct files_struct *files;
	struct pid *thread_pid;
	struct css_set *cgroups;
	struct restart_block restart_block;
	unsigned int in_execve : 1;
	unsigned int in_iowait : 1;
	unsigned int frozen : 1; /* by its cgroup, or stopped (5.2: 76f969e8948d) */
	struct thread_struct thread;
} HP_CORE;

struct page;
struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
} HP_CORE;

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
} HP_CORE;

#endif
