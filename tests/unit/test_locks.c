// SPDX-License-Identifier: GPL-2.0-or-later
/* Locks and their holders: sums that add up, in words, as locks.json and back; what is damaged. */
#include "model.h"

#include <errno.h>

#include "model/locks.h"
#include "out/locks_json.h"

static const struct ledger_reason reasons[] = {
	{"lock", "a lock", false}, {"disk", "storage", false}, {"other", "the rest", false}};
enum { LOCK, DISK, OTHER, REASONS };

static uint32_t add(struct locks *locks, uint32_t pid, uint64_t address, const char *name)
{
	struct lock_key key = {.pid = pid,
			       .start = 5,
			       .address = address,
			       .comm = "sh\"\\\x1b[2J\xff",
			       .container = "shop",
			       .name = name,
			       .class = "mutex",
			       .held = true};

	return locks_add(locks, &key);
}

static struct locks *sample(void)
{
	struct locks *locks = locks_new(reasons, REASONS);
	uint32_t small = add(locks, 1, 0x1000, "small"), large = add(locks, 2, 0x1000, "large");

	locks->duration = 1000;
	locks_wait(locks, small, 1, 10, 10);
	locks_wait(locks, large, 10, 900, 300);
	locks_wait(locks, large, 5, 100, 50);
	locks_hold(locks, large, "worker-1 (11)", DISK, 50);
	locks_hold(locks, large, "worker-3 (13)", DISK, 700);
	locks_hold(locks, large, "worker-3 (13)", LOCKS_ON_CPU, 200);
	locks_hold(locks, large, "worker-3 (13)", LOCKS_RUNQ, 20);
	return locks;
}

static void assert_sums(const struct locks *locks)
{
	const struct lock_holder *h;
	const struct lock *l;

	vec_each(l, &locks->list) {
		uint64_t held = 0;

		locks_each_holder(h, locks, l) {
			uint64_t parts = h->on_cpu + h->runq;

			for (uint32_t i = 0; i < LEDGER_MAX_REASONS; i++)
				parts += h->blocked[i];
			assert_int_equal(parts, h->delay);
			held += h->delay;
		}
		assert_int_equal(held + l->unknown, l->delay);
	}
}

static void assert_sample(const struct locks *locks)
{
	const struct lock *l = &locks->list.at[0];
	const struct lock_holder *h = &locks->holders.at[l->first_holder];

	assert_int_equal(locks->list.n, 2);
	assert_string_equal(locks_str(locks, l->name), "large");
	assert_int_equal(l->contentions, 15);
	assert_int_equal(l->delay, 1000);
	assert_int_equal(l->longest, 300);
	assert_int_equal(l->unknown, 30);
	assert_string_equal(locks_str(locks, h->name), "worker-3 (13)");
	assert_int_equal(h->delay, 920);
	assert_int_equal(h->blocked[DISK], 700);
	assert_int_equal(locks->list.at[1].first_holder, LOCKS_NONE);
	assert_sums(locks);
}

static void test_order_and_sums(void **state)
{
	struct locks *locks = sample();

	(void)state;
	locks_sort(locks);
	assert_sample(locks);
	locks_free(locks);
}

static void test_one_lock(void **state)
{
	struct locks *locks = sample();
	struct lock_key other = {.pid = 1, .start = 5, .address = 0x1000, .class = "rwlock"};

	(void)state;
	assert_int_equal(add(locks, 1, 0x1000, "small"), 0);
	assert_int_equal(add(locks, 2, 0x1000, "large"), 1);
	assert_int_equal(locks_add(locks, &other), 2);
	other.start = 6;
	assert_int_equal(locks_add(locks, &other), 3);
	locks_free(locks);
}

static void test_never_more_than_waited(void **state)
{
	struct locks *locks = sample();

	(void)state;
	locks_hold(locks, 0, "greedy (1)", LOCKS_RUNQ, UINT64_MAX);
	locks_hold(locks, 0, "greedy (1)", LOCKS_RUNQ, UINT64_MAX);
	assert_int_equal(locks->list.at[0].unknown, 0);
	locks_wait(locks, 0, UINT64_MAX, UINT64_MAX, 1);
	assert_int_equal(locks->list.at[0].delay, UINT64_MAX);
	assert_sums(locks);
	locks_free(locks);
}

static void test_many_holders(void **state)
{
	struct locks *locks = sample();
	char name[32];

	(void)state;
	locks_wait(locks, 1, 1, 2 * LOCK_MAX_HOLDERS, 1);
	for (int i = 0; i < 2 * LOCK_MAX_HOLDERS; i++) {
		snprintf(name, sizeof(name), "t (%d)", i);
		locks_hold(locks, 1, name, OTHER, 1);
	}
	assert_sums(locks);
	assert_int_equal(locks->holders.n, 2 + LOCK_MAX_HOLDERS - 2);
	for (uint64_t i = 0; i < LOCKS_MAX; i++)
		add(locks, 3, i * 8, "many");
	assert_int_equal(locks->list.n, LOCKS_MAX);
	assert_int_equal(add(locks, 4, 8, "none"), LOCKS_NONE);
	locks_free(locks);
}

/* --- the file --- */

static char *written(const struct locks *locks)
{
	struct model_output o;

	model_output_open(&o);
	assert_int_equal(locks_json_write(locks, o.stream), 0);
	return model_output_close(&o);
}

static int read_text(const char *text, size_t n, struct locks **ret)
{
	struct buf why = {0};
	int err = locks_json_read(text, n, reasons, REASONS, ret, &why);

	assert_true(!err == !why.len);
	buf_done(&why);
	return err;
}

/* One address in the programs that a process was, one after the other: as many locks, in the file
 * too. */
static void test_programs(void **state)
{
	struct lock_key key = {.pid = 5, .start = 1, .address = 0x10, .class = "mutex"};
	struct locks *locks = locks_new(NULL, 0), *again;
	uint32_t first, second;
	char *text;

	(void)state;
	key.name = "before";
	first = locks_add(locks, &key);
	key.name = "after";
	key.program = 1;
	second = locks_add(locks, &key);
	assert_int_not_equal(first, second);
	assert_int_equal(locks_add(locks, &key), second);
	locks_wait(locks, first, 1, 10, 10);
	locks_wait(locks, second, 1, 20, 20);
	text = written(locks);
	assert_int_equal(read_text(text, strlen(text), &again), 0);
	assert_int_equal(again->list.n, 2);
	assert_string_equal(locks_str(again, again->list.at[1].name), "before");
	assert_string_equal(locks_str(again, again->list.at[0].name), "after");
	assert_int_equal(again->list.at[0].delay, 20);
	free(text);
	locks_free(locks);
	locks_free(again);
}

static void test_roundtrip(void **state)
{
	struct locks *locks = sample(), *again;
	struct lock_inversion inversion = {
		.pid = 2,
		.n = 2,
		.at = {{locks_string(locks, "a"), locks_string(locks, "main;serve"), 3},
		       {locks_string(locks, "b"), locks_string(locks, "main;flush;b"), 4}},
	};
	char *text, *twice;

	(void)state;
	vec_push(&locks->inversions, inversion);
	inversion.n = 3;
	inversion.at[2] = (struct lock_order){locks_string(locks, "c"), 0, 5};
	vec_push(&locks->inversions, inversion);
	locks->list.at[1].counted = true;
	locks->list.at[1].acquisitions = 77;
	locks->list.at[1].hold = 78;
	locks->lost = 9;
	locks_sort(locks);
	text = written(locks);
	assert_int_equal(read_text(text, strlen(text), &again), 0);
	assert_sample(again);
	assert_int_equal(again->list.at[0].hold, 78);
	assert_int_equal(again->inversions.n, 2);
	assert_int_equal(again->inversions.at[0].n, 2);
	assert_string_equal(locks_str(again, again->inversions.at[0].at[1].stack), "main;flush;b");
	assert_int_equal(again->inversions.at[1].n, 3);
	assert_string_equal(locks_str(again, again->inversions.at[1].at[2].lock), "c");
	assert_int_equal(again->inversions.at[1].at[2].times, 5);
	twice = written(again);
	assert_string_equal(text, twice);
	free(text);
	free(twice);
	locks_free(locks);
	locks_free(again);
}

static void test_damaged(void **state)
{
	struct locks *locks = sample(), *again = NULL;
	char *text = written(locks);

	(void)state;
	for (size_t n = 0; n + 2 < strlen(text); n++)
		assert_int_equal(read_text(text, n, &again), -EBADMSG);
	assert_int_equal(read_text("{}", 2, &again), -EBADMSG);
	assert_int_equal(read_text("[]", 2, &again), -EBADMSG);
	assert_int_equal(read_text("{\"schema\":1,\"locks\":[3]}", 24, &again), -EBADMSG);
	assert_null(again);
	free(text);
	locks_free(locks);
}

/* More held than waited, less than nothing, words for numbers: what is left adds up. */
static void test_liar(void **state)
{
	static const char text[] =
		"{\"schema\":1,\"duration_ns\":-5,\"locks\":[{\"pid\":-1,\"delay_ns\":100,"
		"\"address\":7,\"holders\":[{\"holder\":\"a\",\"on_cpu_ns\":9000000000000000000,"
		"\"runq_ns\":-3,\"blocked_ns\":{\"sauna\":5}},{\"holder\":3,\"blocked_ns\":[1]}, "
		"4]},"
		"{\"delay_ns\":\"x\",\"address\":\"0xffffffffffffffffff\"}],\"inversions\":[1,"
		"{\"locks\":[1,2,3,4,5,6,7,8,9],\"stacks\":5,\"times\":[-1]},{\"locks\":{}}]}";
	struct locks *locks;

	(void)state;
	assert_int_equal(read_text(text, strlen(text), &locks), 0);
	assert_int_equal(locks->list.n, 2);
	assert_sums(locks);
	locks_free(locks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order_and_sums),
		cmocka_unit_test(test_one_lock),
		cmocka_unit_test(test_never_more_than_waited),
		cmocka_unit_test(test_many_holders),
		cmocka_unit_test(test_programs),
		cmocka_unit_test(test_roundtrip),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_liar),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
