// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "capture/lockorder.h"
#include "util/mem.h"
#include "util/vec.h"

struct pairs {
	VEC(struct lockorder_pair) list;
};

/* Under `first`, thread `tid` of process 7 asked for `second`. */
static struct lockorder_pair *add(struct pairs *pairs, uint64_t first, uint64_t second,
				  uint32_t tid)
{
	struct lockorder_pair pair = {
		.key = {.second = {.address = second, .tgid = 7}, .first = first},
		.value = {.times = 1, .tids = {tid}},
	};

	vec_push(&pairs->list, pair);
	return &pairs->list.at[pairs->list.n - 1];
}

static void find(struct pairs *pairs, struct lockorder *ret_order)
{
	lockorder_find(pairs->list.at, pairs->list.n, ret_order);
	vec_done(&pairs->list);
}

/* How many rings there are; the list is empty after that. */
static size_t rings(struct pairs *pairs, uint32_t *ret_longest)
{
	struct lockorder order;
	size_t n;

	find(pairs, &order);
	n = order.rings.n;
	*ret_longest = n ? order.rings.at[n - 1].n : 0;
	assert_false(order.cut);
	lockorder_done(&order);
	*pairs = (struct pairs){0};
	return n;
}

/* Locks 1 to n in a ring, each pair by a thread of its own. */
static void make_ring(struct pairs *pairs, uint32_t n)
{
	for (uint32_t i = 1; i <= n; i++)
		add(pairs, i, i % n + 1, 100 + i);
}

static void test_lengths(void **state)
{
	struct pairs pairs = {0};
	uint32_t longest;

	(void)state;
	assert_int_equal(rings(&pairs, &longest), 0);
	for (uint32_t n = 2; n <= HP_USELOCK_RING; n++) {
		make_ring(&pairs, n);
		assert_int_equal(rings(&pairs, &longest), 1);
		assert_int_equal(longest, n);
	}
	make_ring(&pairs, HP_USELOCK_RING + 1);
	assert_int_equal(rings(&pairs, &longest), 0);
}

/* Each pair's second lock is the next one's first. */
static void test_order(void **state)
{
	struct pairs pairs = {0};
	struct lockorder order;

	(void)state;
	add(&pairs, 30, 10, 1);
	add(&pairs, 10, 20, 2);
	add(&pairs, 10, 40, 2); /* leads nowhere */
	add(&pairs, 20, 30, 3);
	lockorder_find(pairs.list.at, pairs.list.n, &order);
	assert_int_equal(order.rings.n, 1);
	assert_int_equal(order.rings.at[0].n, 3);
	for (uint32_t i = 0; i < 3; i++) {
		const uint32_t *at = order.rings.at[0].pairs;

		assert_int_equal(pairs.list.at[at[i]].key.second.address,
				 pairs.list.at[at[(i + 1) % 3]].key.first);
	}
	lockorder_done(&order);
	vec_done(&pairs.list);
}

static void test_processes(void **state)
{
	struct pairs pairs = {0};
	uint32_t longest;

	(void)state;
	make_ring(&pairs, 3);
	pairs.list.at[2].key.second.tgid = 8;
	assert_int_equal(rings(&pairs, &longest), 0);
	make_ring(&pairs, 3);
	pairs.list.at[1].key.second.exec = 1; /* another program */
	assert_int_equal(rings(&pairs, &longest), 0);
}

static void test_threads(void **state)
{
	struct pairs pairs = {0};
	uint32_t longest;

	(void)state;
	make_ring(&pairs, 3); /* two threads only */
	pairs.list.at[0].value.tids[0] = 102;
	assert_int_equal(rings(&pairs, &longest), 0);
	make_ring(&pairs, 3); /* the third has done one of the others' */
	pairs.list.at[0].value.tids[0] = 102;
	pairs.list.at[1].value.tids[1] = 101;
	assert_int_equal(rings(&pairs, &longest), 1);
	make_ring(&pairs, 3); /* three do the same, and one of them the rest */
	pairs.list.at[0].value.tids[1] = 102;
	pairs.list.at[0].value.tids[2] = 103;
	pairs.list.at[1].value.tids[0] = pairs.list.at[2].value.tids[0] = 103;
	assert_int_equal(rings(&pairs, &longest), 0);
	make_ring(&pairs, 3); /* each has to make room for the next */
	pairs.list.at[0].value.tids[0] = 1, pairs.list.at[0].value.tids[1] = 2;
	pairs.list.at[1].value.tids[0] = 1, pairs.list.at[1].value.tids[1] = 3;
	pairs.list.at[2].value.tids[0] = 1;
	assert_int_equal(rings(&pairs, &longest), 1);
}

static void test_kept_out(void **state)
{
	struct pairs pairs = {0};
	uint32_t longest;

	(void)state;
	make_ring(&pairs, 4); /* two that are no neighbours, under one lock */
	pairs.list.at[0].value.gate = pairs.list.at[2].value.gate = 99;
	assert_int_equal(rings(&pairs, &longest), 0);
	make_ring(&pairs, 4); /* under two different ones */
	pairs.list.at[0].value.gate = 98;
	pairs.list.at[2].value.gate = 99;
	assert_int_equal(rings(&pairs, &longest), 1);
	make_ring(&pairs, 4); /* who has 1 has 3 too, which another would have to have */
	pairs.list.at[0].value.gate = 3;
	assert_int_equal(rings(&pairs, &longest), 0);
	make_ring(&pairs, 3); /* readers wait for readers */
	pairs.list.at[0].key.shared = 2;
	pairs.list.at[1].key.shared = 1;
	assert_int_equal(rings(&pairs, &longest), 0);
	make_ring(&pairs, 3); /* the last for the first */
	pairs.list.at[2].key.shared = 2;
	pairs.list.at[0].key.shared = 1;
	assert_int_equal(rings(&pairs, &longest), 0);
	make_ring(&pairs, 3); /* a reader for a writer */
	pairs.list.at[0].key.shared = 2;
	assert_int_equal(rings(&pairs, &longest), 1);
}

/* The same order by readers and by writers is two pairs: one ring. And a longer one around a
 * shorter is not told. */
static void test_once(void **state)
{
	struct pairs pairs = {0};
	uint32_t longest;

	(void)state;
	make_ring(&pairs, 3);
	add(&pairs, 1, 2, 104)->key.shared = 1;
	assert_int_equal(rings(&pairs, &longest), 1);
	make_ring(&pairs, 4);
	add(&pairs, 2, 1, 105);
	assert_int_equal(rings(&pairs, &longest), 1);
	assert_int_equal(longest, 2);
	make_ring(&pairs, 3); /* two rings with one lock in common */
	add(&pairs, 1, 11, 111);
	add(&pairs, 11, 12, 112);
	add(&pairs, 12, 1, 113);
	assert_int_equal(rings(&pairs, &longest), 2);
}

/* A program can take its locks in any order: the search ends, and says that it did not see all. */
static void test_bounded(void **state)
{
	struct pairs pairs = {0};
	struct lockorder order;

	(void)state;
	for (uint64_t a = 1; a <= 128; a++)
		for (uint64_t b = 1; b <= 128; b++)
			if (a != b)
				add(&pairs, a, b, 1); /* one thread: none of it is a deadlock */
	find(&pairs, &order);
	assert_true(order.cut);
	assert_int_equal(order.rings.n, 0);
	lockorder_done(&order);
	pairs = (struct pairs){0};
	for (uint64_t i = 1; i <= 2 * LOCKORDER_MAX; i++) {
		add(&pairs, 2 * i, 2 * i + 1, 1);
		add(&pairs, 2 * i + 1, 2 * i, 2);
	}
	find(&pairs, &order);
	assert_true(order.cut);
	assert_int_equal(order.rings.n, LOCKORDER_MAX);
	lockorder_done(&order);
}

/* A long chain in good order is no work at all. */
static void test_chain(void **state)
{
	struct pairs pairs = {0};
	uint32_t longest;

	(void)state;
	for (uint64_t i = 1; i < 2000; i++)
		for (uint64_t k = 1; k <= 8; k++)
			add(&pairs, 1000000 - i, 1000000 - i - k, (uint32_t)k);
	assert_int_equal(rings(&pairs, &longest), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lengths),	  cmocka_unit_test(test_order),
		cmocka_unit_test(test_processes), cmocka_unit_test(test_threads),
		cmocka_unit_test(test_kept_out),  cmocka_unit_test(test_once),
		cmocka_unit_test(test_bounded),	  cmocka_unit_test(test_chain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
