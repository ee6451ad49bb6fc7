// SPDX-License-Identifier: GPL-2.0-or-later
/* The frame-pointer walk, over a process made here: its ends, its limits, what it tells. */
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

static struct vm_area_struct vma(__u64 start, unsigned long flags, struct file *file)
{
	return (struct vm_area_struct){
		.vm_start = start, .vm_end = start + SIZE, .vm_flags = flags, .vm_file = file};
}

static int set_up(void **state)
{
	struct maple_range ranges[16];
	struct vm_area_struct *order[] = {&p.text, &p.data, &p.library, &p.jit, &p.stack, &p.vdso};
	__u64 at = 0;
	size_t n = 0;

	(void)state;
	fake_reset();
	n_nodes = 0;
	memset(&p, 0, sizeof(p));
	p.root = (struct dentry){.d_parent = &p.root, .d_name.name = (const unsigned char *)"/"};
	p.usr = (struct dentry){.d_parent = &p.root, .d_name.name = (const unsigned char *)"usr"};
	p.bin = (struct dentry){.d_parent = &p.usr, .d_name.name = (const unsigned char *)"bin"};
	p.exe_dentry =
		(struct dentry){.d_parent = &p.bin, .d_name.name = (const unsigned char *)"redis"};
	p.lib_dentry = (struct dentry){.d_parent = &p.usr,
				       .d_name.name = (const unsigned char *)"libc.so"};
	fake_kernel((void *)p.root.d_name.name, 2);
	fake_kernel((void *)p.usr.d_name.name, 4);
	fake_kernel((void *)p.bin.d_name.name, 4);
	fake_kernel((void *)p.exe_dentry.d_name.name, 6);
	fake_kernel((void *)p.lib_dentry.d_name.name, 8);
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
	fake_user(STACK, p.memory, sizeof(p.memory));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_nodes; i++)
		free(nodes[i]);
	return 0;
}

/* `depth` frames, 32 bytes each, the outermost with bp 0; return addresses go up from `text`. */
static void chain(unsigned int depth, __u64 text)
{
	for (unsigned int i = 0; i + 1 < depth; i++) {
		p.memory[i * 4] = i + 2 < depth ? STACK + (i + 1) * 32 : 0;
		p.memory[i * 4 + 1] = text + 16 * (i + 1);
	}
}

static struct hp_walk *walk_from(__u64 ip, __u64 bp)
{
	static struct hp_walk walk;

	memset(&walk, 0xa5, sizeof(walk)); /* scratch memory is never clean */
	walk.ip = ip;
	walk.sp = STACK;
	walk.bp = bp;
	walk.mm = (__u64)&p.mm;
	walk.max_depth = HP_MAX_FRAMES;
	walk.tgid = 1234;
	walk.start = 99;
	return &walk;
}

static __u64 file_frame(__u32 id, __u64 offset)
{
	return (__u64)id << HP_FRAME_SHIFT | offset;
}

static void test_complete(void **state)
{
	struct hp_walk *walk = walk_from(TEXT + 4, STACK);

	(void)state;
	chain(5, TEXT);
	hp_walk_user(walk);
	assert_int_equal(walk->status, HP_STACK_COMPLETE);
	assert_int_equal(walk->stack.n, 5);
	assert_int_equal(walk->stack.frames[0], file_frame(HP_SPACE_FIRST, 4));
	for (__u64 i = 1; i < 5; i++)
		assert_int_equal(walk->stack.frames[i], file_frame(HP_SPACE_FIRST, 16 * i));
}

static void test_spaces(void **state)
{
	struct hp_walk *walk = walk_from(VDSO + 8, STACK);

	(void)state;
	chain(4, TEXT);
	p.memory[1] = LIB + 0x123;
	p.memory[5] = JIT + 0x456;
	hp_walk_user(walk);
	assert_int_equal(walk->status, HP_STACK_COMPLETE);
	assert_int_equal(walk->stack.n, 4);
	assert_int_equal(walk->stack.frames[0], file_frame(HP_SPACE_VDSO, 8));
	assert_int_equal(walk->stack.frames[1],
			 file_frame(HP_SPACE_FIRST, (OFFSET << HP_PAGE_SHIFT) + 0x123));
	assert_int_equal(walk->stack.frames[2], file_frame(HP_SPACE_ANON, JIT + 0x456));
	assert_int_equal(walk->stack.frames[3], file_frame(HP_SPACE_FIRST + 1, 48));
}

static void test_depth_limits(void **state)
{
	struct hp_walk *walk;

	(void)state;
	chain(HP_MAX_FRAMES, TEXT);
	walk = walk_from(TEXT, STACK);
	hp_walk_user(walk);
	assert_int_equal(walk->status, HP_STACK_COMPLETE);
	assert_int_equal(walk->stack.n, HP_MAX_FRAMES);

	chain(HP_MAX_FRAMES + 1, TEXT);
	walk = walk_from(TEXT, STACK);
	hp_walk_user(walk);
	assert_int_equal(walk->status, HP_STACK_TOO_DEEP);
	assert_int_equal(walk->stack.n, HP_MAX_FRAMES);

	walk = walk_from(TEXT, STACK);
	walk->max_depth = 16;
	hp_walk_user(walk);
	assert_int_equal(walk->status, HP_STACK_TOO_DEEP);
	assert_int_equal(walk->stack.n, 16);
}

static void expect_end(__u64 ip, __u64 bp, __u32 status, __u32 n)
{
	struct hp_walk *walk = walk_from(ip, bp);

	hp_walk_user(walk);
	assert_int_equal(walk->status, status);
	assert_int_equal(walk->stack.n, n);
}

static void test_bad_ends(void **state)
{
	(void)state;
	chain(5, TEXT);
	expect_end(0, STACK, HP_STACK_NOT_CODE, 0);
	expect_end(DATA, STACK, HP_STACK_NOT_CODE, 0);		 /* mapped, not executable */
	expect_end(LIB - 1, STACK, HP_STACK_NOT_CODE, 0);	 /* beside a mapping */
	expect_end(TEXT, 1, HP_STACK_BAD_FP, 1);		 /* below the stack pointer */
	expect_end(TEXT, STACK + 4, HP_STACK_BAD_FP, 1);	 /* not aligned */
	expect_end(TEXT, STACK + (9 << 20), HP_STACK_BAD_FP, 1); /* too far for one frame */
	expect_end(TEXT, STACK + SIZE, HP_STACK_UNREADABLE, 1);
	expect_end(TEXT, STACK + SIZE - 8, HP_STACK_UNREADABLE, 1); /* half of it */
	p.memory[4] = STACK;					    /* a circle */
	expect_end(TEXT, STACK, HP_STACK_BAD_FP, 3);
	p.memory[4] = STACK + 64;
	p.memory[5] = 0; /* a return address of 0 ends a thread's stack */
	expect_end(TEXT, STACK, HP_STACK_COMPLETE, 2);
	p.memory[5] = DATA;
	expect_end(TEXT, STACK, HP_STACK_BAD_RETURN, 2);
}

static void test_first_sight(void **state)
{
	static const char path[] = "redis\0bin\0usr"; /* leaf first, each with its NUL */
	struct hp_binary *told = (struct hp_binary *)fake.ring;

	(void)state;
	chain(2, TEXT);
	expect_end(TEXT, STACK, HP_STACK_COMPLETE, 2);
	assert_int_equal(fake.ring_records, 1);
	assert_int_equal(told->type, HP_EVENT_BINARY);
	assert_int_equal(told->id, HP_SPACE_FIRST);
	assert_int_equal(told->dev, 8 << 20 | 1);
	assert_int_equal(told->inode, 77);
	assert_int_equal(told->tgid, 1234);
	assert_int_equal(told->vm_start, TEXT);
	assert_int_equal(told->vm_end, TEXT + SIZE);
	assert_int_equal(told->path_len, sizeof(path));
	assert_memory_equal(told->path, path, sizeof(path));
	assert_int_equal(fake.ring_size, offsetof(struct hp_binary, path) + sizeof(path));
	/* Known from now on. */
	expect_end(TEXT, STACK, HP_STACK_COMPLETE, 2);
	assert_int_equal(fake.ring_records, 1);
	/* The same inode number after deletion is another file. */
	p.exe_inode.i_generation++;
	expect_end(TEXT, STACK, HP_STACK_COMPLETE, 2);
	assert_int_equal(fake.ring_records, 2);
	assert_int_equal(told->id, HP_SPACE_FIRST + 1);
}

static void test_refused_binary(void **state)
{
	struct hp_walk *walk = walk_from(TEXT + 4, 0);

	(void)state;
	fake.ring_full = true;
	hp_walk_user(walk);
	assert_int_equal(walk->stack.frames[0], file_frame(HP_SPACE_UNKNOWN, TEXT + 4));
	fake.ring_full = false;
	walk = walk_from(TEXT + 4, 0);
	hp_walk_user(walk);
	assert_int_equal(fake.ring_records, 1); /* tried again, with the next number */
	assert_int_equal(walk->stack.frames[0], file_frame(HP_SPACE_FIRST + 1, 4));
}

static void test_numbers_run_out(void **state)
{
	struct hp_walk *walk = walk_from(TEXT, 0);

	(void)state;
	fake.next_binary = HP_SPACE_LAST;
	hp_walk_user(walk);
	assert_int_equal(walk->stack.frames[0], file_frame(HP_SPACE_UNKNOWN, TEXT));
	assert_int_equal(fake.ring_records, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_complete, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_spaces, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_depth_limits, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bad_ends, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_first_sight, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_refused_binary, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_numbers_run_out, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
