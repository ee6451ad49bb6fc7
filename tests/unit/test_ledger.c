// SPDX-License-Identifier: GPL-2.0-or-later
/* The books of wall time: sums at every level, identities, and what happens beyond the limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "model/ledger.h"

static const struct ledger_reason reasons[] = {
	{"lock", "a lock", false}, {"poll", "a poll", true}, {"sleep", "a sleep", true}};

static struct ledger_entry entry_of(uint32_t pid, uint32_t tid, const char *comm, uint64_t unit)
{
	struct ledger_entry e = {
		.pid = pid,
		.tid = tid,
		.process_start = 1000 + pid,
		.thread_start = 1000 + tid,
		.comm = comm,
		.thread = "thread",
		.container = LEDGER_NONE,
		.times = {.on_cpu = 3 * unit,
			  .runq = unit,
			  .residual = -(int64_t)unit,
			  .switches = 5},
	};

	e.times.blocked[0] = 10 * unit;
	e.times.blocked[1] = 100 * unit;
	e.times.blocked[2] = 1000 * unit;
	e.times.waits[0] = 2;
	e.times.wall = 1113 * unit;
	return e;
}

static void check_sums(const struct ledger *l)
{
	struct ledger_times threads = {0}, processes = {0}, inside = {0}, containers = {0};
	const struct ledger_container *c;
	const struct ledger_process *p;
	const struct ledger_thread *t;

	vec_each(t, &l->threads) {
		assert_int_equal(ledger_rest(l, &t->times), t->times.residual);
		ledger_sum(&threads, &t->times);
	}
	vec_each(p, &l->processes) {
		assert_int_equal(ledger_rest(l, &p->times), p->times.residual);
		ledger_sum(&processes, &p->times);
		if (p->container != LEDGER_NONE)
			ledger_sum(&inside, &p->times);
	}
	vec_each(c, &l->containers) {
		assert_int_equal(ledger_rest(l, &c->times), c->times.residual);
		ledger_sum(&containers, &c->times);
	}
	assert_memory_equal(&processes, &l->host, sizeof(processes));
	assert_memory_equal(&containers, &inside, sizeof(containers));
	if (!l->threads_folded)
		assert_memory_equal(&threads, &l->host, sizeof(threads));
	assert_int_equal(ledger_rest(l, &l->host), l->host.residual);
}

static void test_sums(void **state)
{
	struct ledger *l = ledger_new(reasons, 3);
	struct ledger_entry e;

	(void)state;
	for (uint32_t i = 0; i < 100; i++) {
		e = entry_of(1 + i / 10, 1 + i, "worker", 7 + i);
		e.container = i / 10 % 3 ? ledger_container(l, i / 10 % 3, "shop") : LEDGER_NONE;
		e.heals = i;
		ledger_add(l, &e);
	}
	assert_int_equal(l->threads.n, 100);
	assert_int_equal(l->processes.n, 10);
	assert_int_equal(l->containers.n, 2);
	assert_int_equal(l->containers.at[0].processes + l->containers.at[1].processes, 6);
	assert_int_equal(l->processes.at[3].threads, 10);
	assert_int_equal(l->host.on_cpu, 3 * (7 * 100 + 4950));
	assert_int_equal(l->heals, 4950);
	assert_int_equal(ledger_blocked(l, &l->threads.at[0].times, true), 1100 * 7);
	assert_int_equal(ledger_blocked(l, &l->threads.at[0].times, false), 10 * 7);
	check_sums(l);
	ledger_free(l);
	ledger_free(NULL);
}

static void test_identity(void **state)
{
	struct ledger *l = ledger_new(reasons, 3);
	struct ledger_entry e = entry_of(7, 7, "sh", 1);

	(void)state;
	ledger_add(l, &e);
	e = entry_of(7, 8, "java", 1); /* after exec: the last comm wins */
	ledger_add(l, &e);
	assert_int_equal(l->processes.n, 1);
	assert_string_equal(ledger_str(l, l->processes.at[0].comm), "java");
	e.tid = 8; /* the tid again: another thread */
	e.thread_start++;
	ledger_add(l, &e);
	assert_int_equal(l->threads.n, 3);
	e.process_start++; /* the pid again: another process */
	ledger_add(l, &e);
	assert_int_equal(l->processes.n, 2);
	check_sums(l);
	ledger_free(l);
}

static void test_kernel(void **state)
{
	struct ledger *l = ledger_new(reasons, 3);
	struct ledger_entry e = entry_of(7, 8, "qemu", 1);

	(void)state;
	e.kernel = true; /* a kernel worker in its name */
	ledger_add(l, &e);
	assert_true(l->processes.at[0].kernel);
	e = entry_of(7, 7, "qemu", 1);
	ledger_add(l, &e);
	assert_false(l->processes.at[0].kernel);
	assert_true(l->threads.at[0].kernel);
	ledger_free(l);
}

static void test_move(void **state)
{
	struct ledger *l = ledger_new(reasons, 3);
	uint32_t a = ledger_container(l, 11, "a"), b = ledger_container(l, 12, "b");
	struct ledger_entry e = entry_of(7, 7, "sh", 1);

	(void)state;
	assert_int_equal(ledger_container(l, 11, "another name"), a);
	assert_string_equal(ledger_str(l, l->containers.at[a].name), "a");
	e.container = a;
	ledger_add(l, &e);
	e.container = b;
	ledger_add(l, &e);
	assert_int_equal(l->containers.at[a].times.wall, 0);
	assert_int_equal(l->containers.at[a].processes, 0);
	assert_int_equal(l->containers.at[b].times.wall, 2 * 1113);
	e.container = LEDGER_NONE; /* not known: stays */
	ledger_add(l, &e);
	assert_int_equal(l->containers.at[b].times.wall, 3 * 1113);
	check_sums(l);
	ledger_free(l);
}

static void test_limits(void **state)
{
	struct ledger *l = ledger_new(reasons, 3);
	uint32_t more = 5000, n = LEDGER_MAX_THREADS + more;
	struct ledger_entry e;
	char comm[16];

	(void)state;
	for (uint32_t i = 0; i < n; i++) {
		snprintf(comm, sizeof(comm), "c%u", i);
		e = entry_of(1 + i, 1 + i, comm, 1);
		e.ended = true;
		e.container = ledger_container(l, 1 + i, comm);
		ledger_add(l, &e);
	}
	assert_int_equal(l->threads.n, LEDGER_MAX_THREADS);
	assert_int_equal(l->threads_folded, more);
	assert_int_equal(l->containers.n, LEDGER_MAX_CONTAINERS);
	assert_int_equal(l->processes.n, LEDGER_MAX_PROCESSES + LEDGER_MAX_UNNAMED + 1);
	assert_int_equal(l->host.wall, 1113ull * n);
	check_sums(l);
	e = entry_of(n + 1, n + 1, "alive", 1); /* has a row all the same */
	ledger_add(l, &e);
	assert_int_equal(l->threads.at[l->threads.n - 1].tid, n + 1);
	assert_int_equal(l->processes.at[l->processes.n - 1].pid, n + 1);
	check_sums(l);
	ledger_free(l);
}

static void test_strings(void **state)
{
	struct ledger *l = ledger_new(reasons, 3);
	struct ledger_entry e = entry_of(1, 1, "first", 1);
	char comm[16];

	(void)state;
	e.ended = true;
	for (uint32_t i = 0; i < LEDGER_MAX_STRINGS + 10; i++) {
		snprintf(comm, sizeof(comm), "c%u", i);
		e.comm = comm;
		ledger_add(l, &e);
	}
	assert_int_equal(intern_count(&l->strings), LEDGER_MAX_STRINGS);
	assert_int_equal(l->processes.n, 1);
	assert_true(*ledger_str(l, l->processes.at[0].comm)); /* the last that there was room for */
	ledger_free(l);
}

static void test_overflow(void **state)
{
	struct ledger *l = ledger_new(reasons, 3);
	struct ledger_entry e = entry_of(1, 1, "x", 1);

	(void)state;
	e.times.wall = UINT64_MAX - 1;
	e.times.residual = INT64_MAX;
	ledger_add(l, &e);
	ledger_add(l, &e);
	assert_true(l->host.wall == UINT64_MAX);
	assert_true(l->host.residual == INT64_MAX);
	ledger_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sums),	 cmocka_unit_test(test_identity),
		cmocka_unit_test(test_kernel),	 cmocka_unit_test(test_move),
		cmocka_unit_test(test_limits),	 cmocka_unit_test(test_strings),
		cmocka_unit_test(test_overflow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
