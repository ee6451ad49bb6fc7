/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HP_TEST_PROCESS_H
#define HP_TEST_PROCESS_H
/*
 * For the tests of the walk: a process made here, of a program and a library without unwind tables,
 * JIT code, the vDSO, data and one stack. For cmocka: set_up and tear_down.
 */
#include "maple.h"

#include "unwind/hash.bpf.h"
#include "unwind/step.bpf.h"

#define STACK  0x7ffd00000000ull
#define TEXT   0x400000ull
#define LIB    0x7f0000000000ull
#define JIT    0x7f1000000000ull
#define VDSO   0x7ffd10000000ull
#define DATA   0x600000ull
#define SIZE   0x10000ull
#define OFFSET 3 /* pages into the library's file */

static struct process {
	struct mm_struct mm;
	struct super_block sb;
	struct inode exe_inode, lib_inode;
	struct dentry root, usr, bin, exe_dentry, lib_dentry;
	struct file exe, lib;
	struct vm_area_struct text, data, library, jit, vdso, stack;
	__u64 memory[SIZE / 8];
} p;

static void *nodes[16];
static size_t n_nodes;

static inline struct vm_area_struct vma(__u64 start, unsigned long flags, struct file *file)
{
	return (struct vm_area_struct){
		.vm_start = start, .vm_end = start + SIZE, .vm_flags = flags, .vm_file = file};
}

static inline struct dentry dentry(struct dentry *parent, const char *name)
{
	fake_kernel((void *)name, strlen(name) + 1);
	return (struct dentry){.d_parent = parent, .d_name.name = (const unsigned char *)name};
}

static inline int set_up(void **state)
{
	struct maple_range ranges[16];
	struct vm_area_struct *order[] = {&p.text, &p.data, &p.library, &p.jit, &p.stack, &p.vdso};
	__u64 at = 0;
	size_t n = 0;

	(void)state;
	fake_reset();
	n_nodes = 0;
	memset(&p, 0, sizeof(p));
	p.root = dentry(&p.root, "/");
	p.usr = dentry(&p.root, "usr");
	p.bin = dentry(&p.usr, "bin");
	p.exe_dentry = dentry(&p.bin, "redis");
	p.lib_dentry = dentry(&p.usr, "libc.so");
	p.sb.s_dev = 8 << 20 | 1;
	p.exe_inode = (struct inode){.i_sb = &p.sb, .i_ino = 77, .i_generation = 5};
	p.lib_inode = (struct inode){.i_sb = &p.sb, .i_ino = 78, .i_generation = 5};
	p.exe = (struct file){.f_path.dentry = &p.exe_dentry, .f_inode = &p.exe_inode};
	p.lib = (struct file){.f_path.dentry = &p.lib_dentry, .f_inode = &p.lib_inode};
	p.text = vma(TEXT, VM_EXEC, &p.exe);
	p.data = vma(DATA, 0, &p.exe);
	p.library = vma(LIB, VM_EXEC, &p.lib);
	p.library.vm_pgoff = OFFSET;
	p.jit = vma(JIT, VM_EXEC, NULL);
	p.vdso = vma(VDSO, VM_EXEC, NULL);
	p.stack = vma(STACK, 0, NULL);
	p.mm.context.vdso = (void *)VDSO;
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		ranges[n++] = (struct maple_range){at, order[i]->vm_start - 1, NULL};
		ranges[n++] =
			(struct maple_range){order[i]->vm_start, order[i]->vm_end - 1, order[i]};
		at = order[i]->vm_end;
	}
	ranges[n++] = (struct maple_range){at, ~0ull, NULL};
	p.mm.mm_mt.ma_root = (void *)maple_build(ranges, n, &n_nodes, nodes);
	fake_kernel(&p, sizeof(p));
	for (size_t i = 0; i < 4; i++) /* these files have no unwind tables */
		fake.tables[HP_SPACE_FIRST + i] = (struct hp_unwind_table){.first = 1};
	fake_user(STACK, p.memory, sizeof(p.memory));
	return 0;
}

static inline int tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_nodes; i++)
		free(nodes[i]);
	return 0;
}

/* `depth` frames, 32 bytes each, the outermost with bp 0; return addresses go up from `text`. */
static inline void chain(unsigned int depth, __u64 text)
{
	for (unsigned int i = 0; i + 1 < depth; i++) {
		p.memory[i * 4] = i + 2 < depth ? STACK + (i + 1) * 32 : 0;
		p.memory[i * 4 + 1] = text + 16 * (i + 1);
	}
}

static inline struct hp_walk *walk_from(__u64 ip, __u64 bp)
{
	static struct hp_walk walk;

	memset(&walk, 0xa5, sizeof(walk)); /* scratch memory is never clean */
	walk.code_seq = HP_CODE_NO_SEQ;
	walk.regs = (struct hp_regs){.ip = ip, .sp = STACK, .bp = bp};
	walk.mm = (__u64)&p.mm;
	walk.max_depth = HP_MAX_FRAMES;
	walk.tgid = 1234;
	walk.start = 99;
	walk.returned = 0;
	return &walk;
}

static inline __u64 file_frame(__u32 id, __u64 offset)
{
	return (__u64)id << HP_FRAME_SHIFT | offset;
}

/* The frame that was stopped: its address is no return address. */
static inline __u64 stopped(__u64 frame)
{
	return frame | HP_FRAME_EXACT;
}

static inline void expect_end(__u64 ip, __u64 bp, __u32 status, __u32 n)
{
	struct hp_walk *walk = walk_from(ip, bp);

	hp_walk_user(walk);
	assert_int_equal(walk->status, status);
	assert_int_equal(walk->stack.n, n);
}

#endif
