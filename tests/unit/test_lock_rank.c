// SPDX-License-Identifier: GPL-2.0-or-later
/* Locks and their holders from the labels of samples, what the exact sums add, and the words. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "capture/reasons.h"
#include "model/filter.h"
#include "model/lock_keepers.h"
#include "model/lock_rank.h"
#include "model/lock_where.h"
#include "model/locks.h"
#include "model/profile.h"
#include "out/html_locks.h"
#include "out/lock_explain.h"
#include "out/lock_rank_json.h"
#include "out/locks_text.h"
#include "out/out.h"

#define KEYS 8

struct fact {
	int pid;
	const char *texts[KEYS]; /* in the order of `keys` */
	int64_t n, ns;
	const char *stack; /* leaf first, one letter a function */
};

static const char *const keys[KEYS] = {"lock",	       "class",	       "reason", "holder",
				       "holder_state", "holder_stack", "waker",	 "waker_stack"};

static uint32_t add_stack(struct profile *p, const char *stack)
{
	uint32_t locations[16], n = 0;

	for (; *stack; stack++) {
		char name[] = {'f', 'n', *stack, '\0'};
		struct profile_function f = {.name = profile_string(p, name)};
		struct profile_mapping m = {.file = profile_string(p, "/bin/app")};
		struct profile_line line = {profile_add_function(p, &f), 1};

		locations[n] =
			profile_add_location(p, profile_add_mapping(p, &m), (uint64_t)*stack);
		profile_set_lines(p, locations[n++], &line, 1);
	}
	return profile_add_stack(p, locations, n);
}

static struct profile *make(const struct fact *facts, size_t n)
{
	struct profile *p = profile_new();

	profile_add_type(p, "contentions", "count");
	profile_add_type(p, "delay", "nanoseconds");
	for (size_t i = 0; i < n; i++) {
		struct profile_label labels[KEYS + 1] = {
			{.key = profile_string(p, "pid"), .num = facts[i].pid}};
		int64_t values[PROFILE_MAX_VALUES] = {facts[i].n, facts[i].ns};
		uint32_t count = 1;

		for (int k = 0; k < KEYS; k++)
			if (facts[i].texts[k])
				labels[count++] = (struct profile_label){
					.key = profile_string(p, keys[k]),
					.str = profile_string(p, facts[i].texts[k])};
		profile_add_sample(p, add_stack(p, facts[i].stack),
				   profile_add_labels(p, labels, count), values);
	}
	return p;
}

static const struct fact plain[] = {
	{7,
	 {"a", "mutex", "lock", "t1 (8)", "disk", "main;flush;fsync", "t1", "main;put"},
	 3,
	 60,
	 "ab"},
	{7, {"a", "mutex", "lock", "t1 (8)", "disk", "main;other;write"}, 0, 10, "ab"},
	{7, {"a", "mutex", "lock", "t1 (8)", "on-CPU"}, 0, 5, "ab"},
	{7, {"a", "mutex", "lock", "t2 (9)", "run queue"}, 1, 15, "cb"},
	{7, {"a", "mutex", "lock"}, 1, 10, "cb"},
	{8, {"a", "mutex", "lock", "t1 (8)", "sleep"}, 1, 30, "b"},
	{7, {"b", "rwlock", "lock", "t1 (8)", "on-CPU"}, 1, 40, "b"},
	{7, {"q", "condvar", "wait", NULL, NULL, NULL, "t3", "main;push"}, 2, 500, "q"},
};
#define PLAIN (sizeof(plain) / sizeof(plain[0]))

static const struct lock_row *row_of(const struct lock_rank *r, const char *lock, int pid)
{
	const struct lock_row *row;

	vec_each(row, &r->rows)
		if (!strcmp(row->lock, lock) && row->pid == pid)
			return row;
	fail_msg("no lock %s of %d", lock, pid);
	return NULL;
}

static void test_rows(void **state)
{
	struct profile *p = make(plain, PLAIN);
	struct lock_rank *r = lock_rank_new(p);
	const struct lock_row *a = row_of(r, "a", 7), *q = row_of(r, "q", 7);
	const struct lock_row_holder *h = &r->holders.at[a->first_holder];
	const struct lock_row_state *s = &r->states.at[h->first];

	(void)state;
	assert_int_equal(r->rows.n, 4);
	assert_ptr_equal(&r->rows.at[0], q);
	assert_false(q->held);
	assert_true(a->held);
	assert_int_equal(a->delay, 100);
	assert_int_equal(a->contentions, 5);
	assert_int_equal(a->n_holders, 3);
	assert_string_equal(h[0].name, "t1 (8)");
	assert_int_equal(h[0].delay, 75);
	assert_int_equal(h[0].n, 2);
	assert_string_equal(s[0].state, "disk");
	assert_int_equal(s[0].delay, 70);
	assert_string_equal(s[0].stack, "main;flush;fsync"); /* where most of it was */
	assert_string_equal(s[1].state, "on-CPU");
	assert_string_equal(h[1].name, "t2 (9)");
	assert_string_equal(h[2].name, ""); /* who is not known is the last */
	assert_int_equal(h[2].delay, 10);
	assert_int_equal(a->n_waiters, 2);
	assert_int_equal(r->sites.at[a->first_waiter].delay, 75);
	assert_int_equal(a->n_releases, 1);
	assert_string_equal(r->sites.at[a->first_release].text, "main;put");
	assert_int_equal(row_of(r, "a", 8)->delay, 30);
	assert_int_equal(lock_rank_total(r, true), 170);
	assert_int_equal(lock_rank_total(r, false), 500);
	lock_rank_free(r);
	profile_free(p);
}

static void test_keepers(void **state)
{
	struct profile *p = make(plain, PLAIN);
	struct lock_rank *r = lock_rank_new(p);
	struct lock_keepers *k = lock_keepers_new(r);
	const struct lock_keeper *t1 = &k->rows.at[0];

	(void)state;
	assert_int_equal(k->rows.n, 4); /* t1 of 7 and of 8, t2, unknown */
	assert_string_equal(t1->name, "t1 (8)");
	assert_int_equal(t1->delay, 115);
	assert_int_equal(t1->on_cpu, 45);
	assert_int_equal(t1->blocked, 70);
	assert_int_equal(t1->runq, 0);
	assert_int_equal(t1->n_locks, 2);
	assert_int_equal(k->locks.at[t1->first_lock]->delay, 75);
	assert_int_equal(t1->n_states, 2);
	assert_int_equal(k->states.at[t1->first_state + 1].delay, 45);
	assert_int_equal(k->rows.at[1].delay, 30);
	assert_string_equal(k->rows.at[3].name, "");
	lock_keepers_free(k);
	lock_rank_free(r);
	profile_free(p);
}

static struct locks *make_locks(void)
{
	uint32_t n;
	const struct ledger_reason *reasons = reasons_list(&n);
	struct locks *locks = locks_new(reasons, n);
	struct lock_key a = {7, 1, 0x10, "app", "", "a", "mutex", true, 0};
	struct lock_key u = {9, 1, 0x20, "other", "shop", "u", "mutex", true, 0};
	uint32_t lock = locks_add(locks, &a);

	locks_wait(locks, lock, 5, 100, 44);
	lock = locks_add(locks, &u);
	locks_wait(locks, lock, 2, 1000, 600);
	locks_hold(locks, lock, "x (1)", locks_state(locks, "net"), 700);
	locks_hold(locks, lock, "x (1)", LOCKS_RUNQ, 100);
	locks_sort(locks);
	return locks;
}

static void test_exact(void **state)
{
	struct profile *p = make(plain, PLAIN);
	struct locks *locks = make_locks();
	struct lock_rank *r = lock_rank_new(p);
	const struct lock_row *u;

	(void)state;
	lock_rank_exact(r, locks, NULL);
	assert_int_equal(r->rows.n, 5);
	assert_int_equal(row_of(r, "a", 7)->longest, 44);
	assert_int_equal(row_of(r, "a", 7)->address, 0x10);
	assert_int_equal(row_of(r, "a", 7)->delay, 100); /* not twice */
	u = row_of(r, "u", 9);
	assert_ptr_equal(u, &r->rows.at[0]);
	assert_int_equal(u->delay, 1000);
	assert_int_equal(u->n_holders, 2);
	assert_int_equal(r->holders.at[u->first_holder].delay, 800);
	assert_string_equal(r->states.at[r->holders.at[u->first_holder].first].state, "net");
	assert_string_equal(r->holders.at[u->first_holder + 1].name, "");
	assert_int_equal(r->holders.at[u->first_holder + 1].delay, 200);
	assert_int_equal(u->n_waiters, 0);
	lock_rank_free(r);
	locks_free(locks);
	profile_free(p);
}

static bool container_chosen(const char *wanted, const char *comm, const char *container)
{
	const char *const names[] = {"nobody", wanted};
	struct filter filter = {.containers = names, .n_containers = 2};

	return lock_rank_chooses(&filter, 9, comm, container);
}

/* What is not chosen of the samples is not chosen of the sums. */
static void test_exact_filter(void **state)
{
	static const uint64_t seven = 7;
	const struct filter filters[] = {
		{.pids = &seven, .n_pids = 1},
		{.comm = "app"},
		{.containers = (const char *const[]){"s*x"}, .n_containers = 1},
		{.focus = "f"}};
	struct profile *p = make(plain, PLAIN);
	struct locks *locks = make_locks();

	(void)state;
	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		struct lock_rank *r = lock_rank_new(p);

		lock_rank_exact(r, locks, &filters[i]);
		assert_int_equal(r->rows.n, 4);
		lock_rank_free(r);
	}
	assert_true(container_chosen("s*", "", "shop"));
	assert_true(container_chosen("abcd", "", "abcdef01"));
	assert_false(container_chosen("abc", "", "abcdef01"));
	locks_free(locks);
	profile_free(p);
}

static void assert_where(const char *stack, const char *what, const char *at)
{
	struct buf got_what = {0}, got_at = {0};

	lock_where_text(stack, &got_what, &got_at);
	assert_string_equal(buf_str(&got_what), what);
	assert_string_equal(buf_str(&got_at), at);
	buf_done(&got_what);
	buf_done(&got_at);
}

static void assert_own(const char *stack, const char *at)
{
	struct buf got = {0};

	lock_where_own(stack, &got);
	assert_string_equal(buf_str(&got), at);
	buf_done(&got);
}

static void test_where(void **state)
{
	(void)state;
	assert_where("main;flush;fsync;entry_SYSCALL_64_after_hwframe;do_syscall_64;schedule",
		     "fsync", "flush");
	assert_where("main;nap;usleep;clock_nanosleep;entry_SYSCALL_64;x", "clock_nanosleep",
		     "nap");
	assert_where("main;touch;asm_exc_page_fault;handle_mm_fault", "touch", "main");
	assert_where("main;f;libc.so.6+0x91", "f", "main");
	assert_where("main", "main", "");
	assert_where("", "", "");
	assert_where(";;;", "", "");
	assert_where("entry_SYSCALL_64", "", "");
	assert_where(";a;;b;", "b", "a");
	assert_own("main;put;__lll_unlock_wake;entry_SYSCALL_64;x", "put");
	assert_own("clone3;start_thread;worker", "worker");
	assert_own("clone3;start_thread;pthread_exit", "");
	assert_where("std::thread;core::ops;parking_lot::lock", "parking_lot::lock", "");
}

static void assert_explained(const struct fact *facts, size_t n, const char *wanted)
{
	struct profile *p = make(facts, n);
	struct lock_rank *r = lock_rank_new(p);
	struct buf text = {0};

	assert_int_equal(r->rows.n, 1);
	lock_explain(r, &r->rows.at[0], &text);
	assert_string_equal(buf_str(&text), wanted);
	buf_done(&text);
	lock_rank_free(r);
	profile_free(p);
}

static void test_explain(void **state)
{
	const struct fact known[] = {
		{1,
		 {"a", "mutex", "lock", "w-3 (12)", "disk",
		  "main;flush_log;fdatasync;entry_SYSCALL_64;x"},
		 1,
		 94,
		 "a"},
		{1, {"a", "mutex", "lock"}, 0, 4, "a"},
		{1, {"a", "mutex", "lock", "w-4 (13)", "on-CPU"}, 0, 2, "a"},
	};
	const struct fact parts[] = {
		{1, {"a", "mutex", "lock", "x (1)", "on-CPU"}, 1, 40, "a"},
		{1, {"a", "mutex", "lock", "x (1)", "run queue"}, 0, 10, "a"},
		{1, {"a", "mutex", "lock", "y (2)", "net"}, 0, 20, "a"},
		{1, {"a", "mutex", "lock", "z (3)"}, 0, 10, "a"},
		{1, {"a", "mutex", "lock"}, 0, 20, "a"},
	};
	const struct fact unknown[] = {{1, {"a", "futex", "lock"}, 1, 5, "a"}};
	const struct fact event[] = {
		{1,
		 {"a", "semaphore", "wait", NULL, NULL, NULL, "p", "main;give;sem_post"},
		 1,
		 5,
		 "a"}};
	const struct fact nothing[] = {{1, {"a", "mutex", "lock"}, 1, 0, "a"}};

	(void)state;
	assert_explained(known, 3,
			 "held 94 % of the time by w-3 (12), itself blocked in fdatasync at "
			 "flush_log (disk)");
	assert_explained(
		parts, 5,
		"held 50 % of the time by x (1), itself on a CPU (on-CPU 80 %, run queue 20 %); "
		"20 % by y (2), the rest by 1 more; who held it is not known for 20 %");
	assert_explained(unknown, 1, "who held it is not known");
	assert_explained(event, 1, "nobody holds it; ended by p in give");
	assert_explained(nothing, 1, "");
}

static void write_all_outputs(const struct lock_rank *r, const struct locks *locks,
			      const struct profile *p)
{
	char *json;
	size_t size;

	for (int by = RANK_LOCK; by <= RANK_HOLDER; by++)
		for (unsigned int columns = 0; columns < 130; columns += 13) {
			struct out_options o = {
				.by = (enum rank_by)by, .columns = columns, .colour = columns & 1};
			FILE *to = open_memstream(&json, &size);
			struct buf out = {0};

			locks_text(r, LOCK_WAITS_ALL, &o, &out);
			locks_text_inversions(locks, &o, &out);
			assert_true(out.len);
			html_locks(p, 0, locks, NULL, &out);
			assert_int_equal(lock_rank_json_write(r, locks, LOCK_WAITS_ALL, &o, to), 0);
			fclose(to);
			assert_non_null(strstr(json, "\"rows\""));
			free(json);
			buf_done(&out);
		}
}

/* Files can come from anybody: sums that overflow, labels of the wrong kind, inversions of nothing.
 */
static void test_hostile(void **state)
{
	const struct fact facts[] = {
		{-5, {"", "", "", "", "", ";;", "", ";"}, INT64_MAX, INT64_MAX, ""},
		{-5, {"x", "kernel", "lock", "h", "on-CPU", "a"}, INT64_MAX, INT64_MAX, "a"},
		{-5, {"x", "kernel", "lock", "h", "on-CPU", "b"}, INT64_MAX, INT64_MAX, "b"},
		{-5, {"x", "kernel", "lock", "h", "\033[2J", "b"}, INT64_MIN, INT64_MIN, "b"},
		{-5, {"y", "mutex", "wait", "\xff", "on-CPU", "b", "\xff", "\xff"}, -1, -1, "b"},
	};
	struct lock_inversion i = {.pid = 12345, .n = 2, .at = {{.lock = 999999}}};
	struct profile *p = make(facts, sizeof(facts) / sizeof(facts[0]));
	struct locks *locks = make_locks();
	struct lock_rank *r = lock_rank_new(p);

	(void)state;
	locks->list.at[0].delay = locks->list.at[0].longest = UINT64_MAX;
	vec_push(&locks->inversions, i);
	lock_rank_exact(r, locks, NULL);
	write_all_outputs(r, locks, p);
	lock_rank_free(r);
	locks_free(locks);
	profile_free(p);
}

/* With the use of locks counted: a lock that nobody waits for has a row, too. */
static void test_counted(void **state)
{
	struct profile *p = profile_new();
	struct out_options o = {.columns = 80};
	struct buf out = {0};
	struct lock_rank *r;

	(void)state;
	profile_add_type(p, "contentions", "count");
	profile_add_type(p, "acquisitions", "count");
	profile_add_type(p, "hold", "nanoseconds");
	profile_add_type(p, "delay", "nanoseconds");
	for (int i = 0; i < 3; i++) {
		const int64_t values[3][PROFILE_MAX_VALUES] = {
			{0, 40, 4000, 0}, {2, 0, 0, 700}, {0, 9, 90, 0}};
		struct profile_label labels[2] = {{.key = profile_string(p, "lock"),
						   .str = profile_string(p, i < 2 ? "a" : "b")},
						  {.key = profile_string(p, "pid"), .num = 5}};

		profile_add_sample(p, add_stack(p, "a"), profile_add_labels(p, labels, 2),
				   values[i]);
	}
	r = lock_rank_new(p);
	assert_int_equal(r->rows.n, 2);
	assert_int_equal(r->rows.at[0].acquisitions, 40);
	assert_int_equal(r->rows.at[0].hold, 4000);
	assert_int_equal(r->rows.at[0].delay, 700);
	assert_int_equal(r->rows.at[1].acquisitions, 9);
	assert_int_equal(r->rows.at[1].n_waiters, 0);
	locks_text(r, LOCK_WAITS_HELD, &o, &out);
	assert_non_null(strstr(buf_str(&out), "4.00 us"));
	assert_null(strstr(buf_str(&out), "longest")); /* there is no room for it */
	assert_non_null(strstr(buf_str(&out), "total 700 ns of delay in 2 waits for 2 locks"));
	buf_done(&out);
	lock_rank_free(r);
	profile_free(p);
}

/* A profile without delays, or without locks, is none of locks. */
static void test_known(void **state)
{
	struct profile *p = make(plain, PLAIN), *other = profile_new();

	(void)state;
	assert_true(lock_rank_known(p));
	assert_false(lock_rank_known(other));
	profile_string(other, "lock");
	profile_add_type(other, "delay", "nanoseconds");
	assert_false(lock_rank_known(other));
	profile_free(p);
	profile_free(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),	cmocka_unit_test(test_keepers),
		cmocka_unit_test(test_exact),	cmocka_unit_test(test_exact_filter),
		cmocka_unit_test(test_where),	cmocka_unit_test(test_explain),
		cmocka_unit_test(test_hostile), cmocka_unit_test(test_known),
		cmocka_unit_test(test_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
