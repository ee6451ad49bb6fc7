// SPDX-License-Identifier: GPL-2.0-or-later
/* The walk of the frames, over a process made here: its rules, ends and limits, what it tells. */
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

static struct dentry dentry(struct dentry *parent, const char *name)
{
	fake_kernel((void *)name, strlen(name) + 1);
	return (struct dentry){.d_parent = parent, .d_name.name = (const unsigned char *)name};
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
	walk.code_seq = HP_CODE_NO_SEQ;
	walk.regs = (struct hp_regs){.ip = ip, .sp = STACK, .bp = bp};
	walk.mm = (__u64)&p.mm;
	walk.max_depth = HP_MAX_FRAMES;
	walk.tgid = 1234;
	walk.start = 99;
	walk.returned = 0;
	return &walk;
}

static __u64 file_frame(__u32 id, __u64 offset)
{
	return (__u64)id << HP_FRAME_SHIFT | offset;
}

/* The frame that was stopped: its address is no return address. */
static __u64 stopped(__u64 frame)
{
	return frame | HP_FRAME_EXACT;
}

static void test_complete(void **state)
{
	struct hp_walk *walk = walk_from(TEXT + 4, STACK);

	(void)state;
	chain(5, TEXT);
	hp_walk_user(walk);
	assert_int_equal(walk->status, HP_STACK_COMPLETE);
	assert_int_equal(walk->stack.n, 5);
	assert_int_equal(walk->stack.frames[0], stopped(file_frame(HP_SPACE_FIRST, 4)));
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
	assert_int_equal(walk->stack.frames[0], stopped(file_frame(HP_SPACE_VDSO, 8)));
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
	expect_end(DATA, STACK, HP_STACK_NOT_CODE, 0);	  /* mapped, not executable */
	expect_end(LIB - 1, STACK, HP_STACK_NOT_CODE, 0); /* beside a mapping */
	expect_end(TEXT, 0, HP_STACK_BAD_FP, 1);	  /* no frame pointers: 0 says nothing */
	expect_end(JIT, 0, HP_STACK_COMPLETE, 1);
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

/* --- unwind tables ------------------------------------------------------------------------- */

#define PALETTE 4096 /* place in the blob */

/* Gives page `page` of the first file a rule; every page has one of its own. */
static void rule_at(__u32 page, union hp_unwind_rule rule)
{
	((__u32 *)fake.arena)[page] = HP_UNWIND_ONE_RULE | page;
	((__u64 *)(fake.arena + PALETTE))[page] = rule.word;
	fake.tables[HP_SPACE_FIRST] =
		(struct hp_unwind_table){.palette = PALETTE, .pages = SIZE >> HP_UNWIND_PAGE_SHIFT};
}

#define CODE(page) (TEXT + (page)*HP_UNWIND_PAGE + 0x20)
#define RULE(...)  ((union hp_unwind_rule){{__VA_ARGS__}})

static void expect_frames(struct hp_walk *walk, __u32 status, __u32 n)
{
	hp_walk_user(walk);
	assert_int_equal(walk->status, status);
	assert_int_equal(walk->stack.n, n);
	for (__u32 i = 0; i < n; i++)
		assert_int_equal(walk->stack.frames[i],
				 file_frame(HP_SPACE_FIRST, i * HP_UNWIND_PAGE + 0x20) |
					 (i ? 0 : HP_FRAME_EXACT));
}

/* Pages 0, 1, 2, ... call each other upwards; the last one ends the stack. */
static void test_rules(void **state)
{
	struct hp_walk *walk = walk_from(CODE(0), 0x1234);

	(void)state;
	/* 0: CFA = rsp + 24, rbp at CFA - 16, rbx at CFA - 24 */
	rule_at(0, RULE(.how = HP_UNWIND_SP | HP_UNWIND_BP_AT_CFA, .bx = 3, .bp = -16, .cfa = 24));
	p.memory[0] = STACK + 120; /* rbx */
	p.memory[1] = STACK + 64;  /* rbp */
	p.memory[2] = CODE(1);
	/* 1: CFA = rbp + 16 */
	rule_at(1, RULE(.how = HP_UNWIND_BP | HP_UNWIND_BP_AT_CFA, .bp = -16, .cfa = 16));
	p.memory[8] = STACK + 88; /* rbp */
	p.memory[9] = CODE(2);
	/* 2: CFA = rbx + 8 */
	rule_at(2, RULE(.how = HP_UNWIND_BX, .cfa = 8));
	p.memory[15] = CODE(3);
	/* 3: CFA = [rsp + 8] + 16 */
	rule_at(3, RULE(.how = HP_UNWIND_SP_DEREF, .from = 8, .add = 16));
	p.memory[17] = STACK + 144;
	p.memory[19] = CODE(4);
	/* 4: CFA = [rbp + 0] + 8, rbp and rbx from rbp */
	rule_at(4,
		RULE(.how = HP_UNWIND_BP_DEREF | HP_UNWIND_BX_AT_BP, .bx = 1, .from = 0, .add = 8));
	p.memory[11] = STACK + 160;
	p.memory[10] = 0x77; /* rbx */
	p.memory[20] = CODE(5);
	/* 5: the PLT, before its push and after */
	rule_at(5, RULE(.how = HP_UNWIND_PLT, .cfa = 11));
	p.memory[21] = CODE(6);
	rule_at(6, RULE(.how = HP_UNWIND_END));
	expect_frames(walk, HP_STACK_COMPLETE, 7);
	assert_int_equal(walk->regs.bx, 0x77);

	walk = walk_from(CODE(5) + 11, 0x1234);
	p.memory[1] = CODE(6);
	hp_walk_user(walk);
	assert_int_equal(walk->status, HP_STACK_COMPLETE);
	assert_int_equal(walk->stack.n, 2);
}

static void test_innermost_rules(void **state)
{
	struct hp_walk *walk = walk_from(CODE(0), 0);

	(void)state;
	/* CFA = r10 + 8 */
	rule_at(0, RULE(.how = HP_UNWIND_REG, .cfa = 8 << 4 | 10));
	walk->innermost[10] = STACK + 16;
	p.memory[2] = CODE(1);
	rule_at(1, RULE(.how = HP_UNWIND_END));
	expect_frames(walk, HP_STACK_COMPLETE, 2);
	/* The return address in rdi, as in vfork. */
	walk = walk_from(CODE(0), 0);
	rule_at(0, RULE(.how = HP_UNWIND_RA_REG, .cfa = 5));
	walk->innermost[5] = CODE(1);
	expect_frames(walk, HP_STACK_COMPLETE, 2);
	walk = walk_from(CODE(0), 0); /* CFA = [rsp + 8 * r9 + 8] + 16 */
	rule_at(0, RULE(.how = HP_UNWIND_INDEX, .from = 8 << 4 | 9, .add = 16));
	walk->innermost[9] = 3;
	p.memory[4] = STACK + 48;
	p.memory[7] = CODE(1);
	expect_frames(walk, HP_STACK_COMPLETE, 2);
	/* Nobody else knows those registers. */
	walk = walk_from(CODE(0), 0);
	rule_at(0, RULE(.how = HP_UNWIND_SP, .cfa = 8));
	p.memory[0] = CODE(1);
	rule_at(1, RULE(.how = HP_UNWIND_INDEX, .from = 8 << 4 | 9, .add = 16));
	expect_frames(walk, HP_STACK_UNSUPPORTED, 2);
	walk = walk_from(CODE(0), 0);
	rule_at(0, RULE(.how = HP_UNWIND_SP, .cfa = 8));
	p.memory[0] = CODE(1);
	rule_at(1, RULE(.how = HP_UNWIND_REG, .cfa = 8 << 4 | 10));
	expect_frames(walk, HP_STACK_UNSUPPORTED, 2);
}

static void test_signal_frame(void **state)
{
	struct hp_walk *walk = walk_from(CODE(0), 0);

	(void)state;
	rule_at(0, RULE(.how = HP_UNWIND_SIGNAL));
	p.memory[HP_SIGNAL_RBP / 8] = STACK + 0x1000;
	p.memory[HP_SIGNAL_RBX / 8] = 5;
	p.memory[HP_SIGNAL_RSP / 8] = STACK + 0x800;
	/* Stopped at a function's first byte: one less would be another function. */
	p.memory[HP_SIGNAL_RIP / 8] = TEXT + HP_UNWIND_PAGE;
	rule_at(1, RULE(.how = HP_UNWIND_SP, .cfa = 8));
	p.memory[0x100] = CODE(2);
	rule_at(2, RULE(.how = HP_UNWIND_END));
	hp_walk_user(walk);
	assert_int_equal(walk->status, HP_STACK_COMPLETE);
	assert_int_equal(walk->stack.n, 3);
	assert_int_equal(walk->stack.frames[2],
			 file_frame(HP_SPACE_FIRST, 2 * HP_UNWIND_PAGE + 0x20));
	assert_int_equal(walk->regs.sp, STACK + 0x808);
}

/* Of a file whose table is not there yet, but for what a handler returns to. */
static void test_signal_frame_early(void **state)
{
	static const unsigned char code[][16] = {
		{0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05},
		{0xb8, 0x0f, 0, 0, 0, 0x0f, 0x05},
	};

	(void)state;
	fake_user(LIB, code, sizeof(code));
	for (__u64 restorer = LIB; restorer < LIB + sizeof(code); restorer += sizeof(code[0])) {
		struct hp_walk *walk = walk_from(CODE(0), 0);

		rule_at(0, RULE(.how = HP_UNWIND_SP, .cfa = 8));
		fake.tables[HP_SPACE_FIRST + 1] = (struct hp_unwind_table){0};
		p.memory[0] = restorer;
		p.memory[1 + HP_SIGNAL_RSP / 8] = STACK + 0x800;
		p.memory[1 + HP_SIGNAL_RIP / 8] = TEXT + HP_UNWIND_PAGE;
		rule_at(1, RULE(.how = HP_UNWIND_END));
		hp_walk_user(walk);
		assert_int_equal(walk->status, HP_STACK_COMPLETE);
		assert_int_equal(walk->stack.n, 3);
		assert_int_equal(walk->stack.frames[1] & HP_FRAME_EXACT, HP_FRAME_EXACT);
		assert_int_equal(walk->stack.frames[2] & HP_FRAME_EXACT, HP_FRAME_EXACT);
		/* Stopped right there, and behind any other code, it ends. */
		expect_end(restorer, STACK, HP_STACK_NO_TABLE, 1);
		p.memory[0] = restorer + 1;
		expect_end(CODE(0), STACK, HP_STACK_NO_TABLE, 2);
	}
}

static void test_rules_that_stop(void **state)
{
	(void)state;
	chain(4, TEXT);
	rule_at(0, RULE(.how = HP_UNWIND_UNSUP));
	expect_end(CODE(0), STACK, HP_STACK_UNSUPPORTED, 1);
	rule_at(0, RULE(.how = HP_UNWIND_SP, .cfa = -8)); /* would walk down for ever */
	expect_end(CODE(0), STACK, HP_STACK_BAD_CFA, 1);
	rule_at(0, RULE(.how = HP_UNWIND_SP, .cfa = 2 * SIZE));
	expect_end(CODE(0), STACK, HP_STACK_UNREADABLE, 1);
	rule_at(0, RULE(.how = HP_UNWIND_NONE)); /* the file says nothing: frame pointers */
	expect_end(CODE(0), STACK, HP_STACK_COMPLETE, 4);
	expect_end(CODE(0), 1, HP_STACK_BAD_FP, 1);
	fake.tables[HP_SPACE_FIRST] = (struct hp_unwind_table){0};
	expect_end(CODE(0), STACK, HP_STACK_NO_TABLE, 1); /* no guessing */
}

/* Words at odd addresses, across windows, and where no whole window is left. */
static void test_stack_window(void **state)
{
	struct hp_walk *walk = walk_from(TEXT, 0);
	__u64 word, last = SIZE / 8 - 1;

	(void)state;
	for (__u64 i = 0; i <= last; i++)
		p.memory[i] = i;
	walk->window_full = 0;
	for (__u64 i = 0; i <= last; i += 7) {
		assert_int_equal(hp_stack_word(walk, STACK + i * 8, &word), 0);
		assert_int_equal(word, i);
	}
	assert_int_equal(hp_stack_word(walk, STACK + last * 8, &word), 0);
	assert_int_equal(word, last);
	assert_int_equal(hp_stack_word(walk, STACK, &word), 0);
	assert_int_equal(word, 0);
	assert_int_equal(hp_stack_word(walk, STACK + 4, &word), 0);
	assert_int_equal(word, 1ull << 32);
	assert_int_not_equal(hp_stack_word(walk, STACK + SIZE, &word), 0);
	assert_int_not_equal(hp_stack_word(walk, 0, &word), 0);
	assert_int_not_equal(hp_stack_word(walk, ~7ull, &word), 0);
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
	assert_int_equal(told->key.dev, 8 << 20 | 1);
	assert_int_equal(told->key.inode, 77);
	assert_int_equal(told->key.generation, 5);
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

/* Mappings are remembered from walk to walk for as long as nothing has changed. */
static void test_remembered_mappings(void **state)
{
	struct hp_walk *walk = walk_from(TEXT + 4, 0);
	struct maple_range_64 *root = nodes[0];
	void *slot;

	(void)state;
	/* On the host this field lies over the tree's root: it is even, and we can move it. */
	fake.has_field = "by_seqcount->mm_lock_seq.sequence";
	hp_walk_user(walk);
	assert_int_equal(walk->stack.n, 1);
	/* The mapping goes away, and nobody says so: it is still remembered. */
	slot = root->slot[1];
	assert_ptr_equal(slot, &p.text);
	root->slot[1] = NULL;
	walk->regs = (struct hp_regs){.ip = TEXT + 8, .sp = STACK};
	hp_walk_user(walk);
	assert_int_equal(walk->stack.n, 1);
	/* Another process is not taken for it. */
	walk->start++;
	hp_walk_user(walk);
	assert_int_equal(walk->status, HP_STACK_NOT_CODE);
	/* A change is under way: nothing is kept. */
	root->slot[1] = slot;
	hp_walk_user(walk);
	assert_int_equal(walk->stack.n, 1);
	walk->code_seq = HP_CODE_NO_SEQ;
	root->slot[1] = NULL;
	hp_walk_user(walk);
	assert_int_equal(walk->status, HP_STACK_NOT_CODE);
	/* Without such a field nothing is kept either. */
	fake.has_field = NULL;
	root->slot[1] = slot;
	hp_walk_user(walk);
	assert_int_equal(walk->stack.n, 1);
	root->slot[1] = NULL;
	hp_walk_user(walk);
	assert_int_equal(walk->status, HP_STACK_NOT_CODE);
}

static void test_refused_binary(void **state)
{
	struct hp_walk *walk = walk_from(TEXT + 4, 0);

	(void)state;
	fake.ring_full = true;
	hp_walk_user(walk);
	assert_int_equal(walk->stack.frames[0], stopped(file_frame(HP_SPACE_UNKNOWN, TEXT + 4)));
	fake.ring_full = false;
	walk = walk_from(TEXT + 4, 0);
	hp_walk_user(walk);
	assert_int_equal(fake.ring_records, 1); /* tried again, with the next number */
	assert_int_equal(walk->stack.frames[0], stopped(file_frame(HP_SPACE_FIRST + 1, 4)));
}

static void test_numbers_run_out(void **state)
{
	struct hp_walk *walk = walk_from(TEXT, 0);

	(void)state;
	fake.next_binary = HP_SPACE_LAST;
	hp_walk_user(walk);
	assert_int_equal(walk->stack.frames[0], stopped(file_frame(HP_SPACE_UNKNOWN, TEXT)));
	assert_int_equal(fake.ring_records, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_complete, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_spaces, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_depth_limits, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bad_ends, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_rules, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_innermost_rules, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_signal_frame, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_signal_frame_early, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_rules_that_stop, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_stack_window, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_first_sight, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_remembered_mappings, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_refused_binary, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_numbers_run_out, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
