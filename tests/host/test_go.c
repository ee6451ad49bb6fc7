// SPDX-License-Identifier: GPL-2.0-or-later
/* The change from a thread's system stack to a goroutine's, over memory made here. */
#include "fake.h"

#include "unwind/go.bpf.h"

#define MEMORY 0xc000000000ull
#define SIZE   0x2000ull
#define G0     (MEMORY + 0x100)
#define M      (MEMORY + 0x200)
#define G      (MEMORY + 0x400)
#define TLS    (MEMORY + 0x600)
#define LOW    (MEMORY + 0x1000)
#define HIGH   (MEMORY + 0x1800)
#define SP     (MEMORY + 0x1400) /* where the goroutine left its stack */
#define SYSTEM (MEMORY + 0x1c00) /* the frame on the system stack */

/* Of the structures. */
#define G_M    48
#define G_SP   56
#define G_PC   64
#define G_BP   104
#define M_CURG 192

static __u64 memory[SIZE / 8];
static struct task_struct task;
static struct hp_walk walk;

static __u64 *at(__u64 address)
{
	return &memory[(address - MEMORY) / 8];
}

static int set_up(void **state)
{
	(void)state;
	fake_reset();
	memset(memory, 0, sizeof(memory));
	fake_user(MEMORY, memory, sizeof(memory));
	task.thread.fsbase = TLS;
	fake.task = fake_kernel(&task, sizeof(task));
	*at(TLS - 8) = G0;
	*at(G0 + G_M) = M;
	*at(M + M_CURG) = G;
	*at(G) = LOW;
	*at(G + 8) = HIGH;
	*at(G + G_M) = M;
	*at(G + G_SP) = SP;
	*at(G + G_PC) = 0x401000;
	*at(G + G_BP) = SP + 0x40;
	*at(SP) = 0x402000;
	*at(SP + 8) = 0x403000;
	walk = (struct hp_walk){.regs = {.ip = 0x400000, .sp = SYSTEM, .bp = SP + 0x80, .bx = 7}};
	return 0;
}

static union hp_unwind_rule rule_of(__u8 how)
{
	return (union hp_unwind_rule){
		.how = HP_UNWIND_GO | how, .bx = G_M / 8, .bp = G_BP, .from = -8, .add = M_CURG};
}

static void expect(__u8 how, __u64 ip, __u64 sp, __u64 bp)
{
	assert_int_equal(hp_go_caller(&walk, rule_of(how).word), HP_RULE_GO_ON);
	assert_int_equal(walk.regs.ip, ip);
	assert_int_equal(walk.regs.sp, sp);
	assert_int_equal(walk.regs.bp, bp);
	assert_int_equal(walk.regs.bx, 0);
	assert_int_equal(walk.interrupted, 0);
}

/* It ends so, and nothing has changed. */
static void expect_end(union hp_unwind_rule rule, __u32 status)
{
	struct hp_regs before = walk.regs;

	assert_int_equal(hp_go_caller(&walk, rule.word), status);
	assert_memory_equal(&walk.regs, &before, sizeof(before));
}

static void test_saved(void **state)
{
	(void)state;
	expect(HP_GO_SAVED, 0x402000, SP + 8, SP + 0x40);
}

static void test_saved_framed(void **state)
{
	(void)state;
	expect(HP_GO_SAVED | HP_GO_FRAMED, 0x403000, SP + 16, 0x402000);
}

static void test_stopped(void **state)
{
	(void)state;
	expect(HP_GO_STOPPED, 0x401000, SP, SP + 0x40);
}

static union hp_unwind_rule depth_rule(__u8 flags)
{
	return (union hp_unwind_rule){
		.how = HP_UNWIND_GO | HP_GO_DEPTH | flags, .from = 48, .add = 40};
}

static void test_depth(void **state)
{
	(void)state;
	*at(SYSTEM + 48) = G;
	*at(SYSTEM + 40) = HIGH - SP;
	assert_int_equal(hp_go_caller(&walk, depth_rule(0).word), HP_RULE_GO_ON);
	assert_int_equal(walk.regs.ip, 0x402000);
	assert_int_equal(walk.regs.sp, SP + 8);
	assert_int_equal(walk.regs.bp, SP + 0x80); /* C keeps it */
	set_up(NULL);
	*at(SYSTEM + 48) = G;
	*at(SYSTEM + 40) = HIGH - SP;
	assert_int_equal(hp_go_caller(&walk, depth_rule(HP_GO_FRAMED).word), HP_RULE_GO_ON);
	assert_int_equal(walk.regs.ip, 0x403000);
	assert_int_equal(walk.regs.bp, 0x402000);
	set_up(NULL);
	*at(SYSTEM + 48) = G;
	*at(SYSTEM + 40) = HIGH - LOW + 8;
	expect_end(depth_rule(0), HP_STACK_BAD_CFA);
	*at(SYSTEM + 40) = 0;
	expect_end(depth_rule(0), HP_STACK_BAD_CFA);
	*at(SYSTEM + 40) = 12;
	expect_end(depth_rule(0), HP_STACK_BAD_CFA);
	*at(SYSTEM + 48) = 0;
	expect_end(depth_rule(0), HP_STACK_UNREADABLE);
}

static void test_by_bp(void **state)
{
	(void)state;
	walk.regs.bp = SP; /* below rsp: another stack */
	expect(HP_GO_BP | HP_GO_FRAMED, 0x403000, SP + 16, 0x402000);
	walk.regs.bp = 16;
	expect_end(rule_of(HP_GO_BP | HP_GO_FRAMED), HP_STACK_UNREADABLE);
}

static void test_nobody(void **state)
{
	(void)state;
	*at(M + M_CURG) = 0;
	expect_end(rule_of(HP_GO_SAVED), HP_STACK_COMPLETE);
}

/* What does not fit together ends the walk. */
static void test_lies(void **state)
{
	static const __u64 places[] = {0, 1, LOW - 8, HIGH, SP + 4, ~0ull};

	(void)state;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		*at(G + G_SP) = places[i];
		expect_end(rule_of(HP_GO_SAVED), HP_STACK_BAD_CFA);
	}
	*at(G + G_SP) = SP;
	*at(G + G_M) = M + 8;
	expect_end(rule_of(HP_GO_SAVED), HP_STACK_BAD_CFA);
	*at(G + G_M) = M;
	*at(G + 8) = ~0ull; /* a stack without an end: no memory there */
	*at(G + G_SP) = MEMORY + SIZE;
	expect_end(rule_of(HP_GO_SAVED), HP_STACK_UNREADABLE);
	expect_end(rule_of(HP_GO_SAVED | HP_GO_FRAMED), HP_STACK_UNREADABLE);
	*at(M + M_CURG) = MEMORY + SIZE;
	expect_end(rule_of(HP_GO_SAVED), HP_STACK_UNREADABLE);
	*at(TLS - 8) = 0;
	expect_end(rule_of(HP_GO_SAVED), HP_STACK_UNREADABLE);
	task.thread.fsbase = 0;
	expect_end(rule_of(HP_GO_SAVED), HP_STACK_UNREADABLE);
	fake.n_regions = 0; /* nor can it be told where that is */
	expect_end(rule_of(HP_GO_SAVED), HP_STACK_UNREADABLE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_saved, set_up),
		cmocka_unit_test_setup(test_saved_framed, set_up),
		cmocka_unit_test_setup(test_stopped, set_up),
		cmocka_unit_test_setup(test_depth, set_up),
		cmocka_unit_test_setup(test_by_bp, set_up),
		cmocka_unit_test_setup(test_nobody, set_up),
		cmocka_unit_test_setup(test_lies, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
