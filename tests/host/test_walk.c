// SPDX-License-Identifier: GPL-2.0-or-later
/* The walk of the frames without unwind tables: its ends and limits, what it tells of binaries. */
#include "process.h"

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
	p.memory[5] = DATA; /* it points to something else */
	expect_end(TEXT, STACK, HP_STACK_BAD_FP, 2);
	p.memory[1] = 0; /* code that keeps none: what a local variable happens to hold */
	expect_end(TEXT, STACK, HP_STACK_BAD_FP, 1);
	expect_end(JIT, STACK, HP_STACK_COMPLETE, 1);
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
		cmocka_unit_test_setup_teardown(test_first_sight, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_remembered_mappings, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_refused_binary, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_numbers_run_out, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
