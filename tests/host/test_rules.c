// SPDX-License-Identifier: GPL-2.0-or-later
/* The walk of the frames by unwind tables: every rule, and those that stop it. */
#include "process.h"

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

/* Behind the system call that clones: the parent's caller, and the child's end. */
static void test_cloned(void **state)
{
	struct hp_walk *walk = walk_from(CODE(0), 0);

	(void)state;
	rule_at(0, RULE(.how = HP_UNWIND_CLONED));
	walk->innermost[0] = 4711;
	p.memory[0] = CODE(1);
	rule_at(1, RULE(.how = HP_UNWIND_END));
	expect_frames(walk, HP_STACK_COMPLETE, 2);
	walk = walk_from(CODE(0), 0);
	walk->innermost[0] = 0;
	expect_frames(walk, HP_STACK_COMPLETE, 1);
	/* Which one it is only the registers of the frame that was stopped can tell. */
	walk = walk_from(CODE(0), 0);
	rule_at(0, RULE(.how = HP_UNWIND_SP, .cfa = 8));
	rule_at(1, RULE(.how = HP_UNWIND_CLONED));
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_rules, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_innermost_rules, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_cloned, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_signal_frame, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_signal_frame_early, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_rules_that_stop, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_stack_window, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
