// SPDX-License-Identifier: GPL-2.0-or-later
/* Wall time from a ledger and profiles: sums by process and state; the wakers' side of waits. */
#include "model.h"

#include "model/calltree.h"
#include "model/ledger.h"
#include "model/rank.h"
#include "model/wakers.h"
#include "model/wall.h"
#include "out/waits.h"

static const struct ledger_reason reasons[] = {
	{"lock", "a lock", false}, {"poll", "a poll", true}, {"disk", "a disk", false}};

static void thread(struct ledger *l, uint32_t pid, const char *comm, uint64_t cpu, uint64_t runq,
		   uint64_t lock, uint64_t poll, int64_t residual)
{
	struct ledger_entry e = {.pid = pid,
				 .tid = pid,
				 .comm = comm,
				 .thread = comm,
				 .process_start = l->threads.n,
				 .container = LEDGER_NONE};

	e.times = (struct ledger_times){
		.on_cpu = cpu, .runq = runq, .blocked = {lock, poll}, .residual = residual};
	e.times.wall = cpu + runq + lock + poll + (uint64_t)residual;
	ledger_add(l, &e);
}

static struct ledger *ledger(void)
{
	struct ledger *l = ledger_new(reasons, 3);

	thread(l, 1, "a", 1001, 30, 500, 7000, 5);
	thread(l, 2, "b", 10, 0, 0, 0, -3);
	thread(l, 3, "c", 0, 0, 40, 60, 0); /* no samples at all */
	thread(l, 1, "a", 2, 0, 0, 0, 0);   /* the pid again */
	return l;
}

static struct profile *cpu(void)
{
	struct profile *p = model_cpu();

	model_add(p, "app!f;app!main", "pid=1,comm=a", 1, 10);
	model_add(p, "app!g;app!main", "pid=1,comm=a", 2, 20);
	model_add(p, "app!h;app!main", "pid=1,comm=a", 1, 7);
	model_add(p, "app!x", "pid=2,comm=b", 1, 999999);
	model_add(p, "app!x", "pid=77,comm=unknown", 1, 5);
	model_add(p, "app!x", "", 1, 5);
	return p;
}

static struct profile *offcpu(void)
{
	struct profile *p = model_new("waits", "count", "off_cpu", "nanoseconds");

	model_add(p, "k!futex;app!main", "pid=1,comm=a,reason=lock,waker=b,waker_stack=main|unlock",
		  1, 300);
	model_add(p, "k!futex;app!g", "pid=1,comm=a,reason=lock,waker=b", 1, 200);
	model_add(p, "k!poll;app!main", "pid=1,comm=a,reason=poll", 1, 7000);
	return p;
}

static int64_t of(const struct profile *p, enum rank_by by, const char *label)
{
	struct rank *r = rank_new(p, by, 0);
	const struct rank_row *row;
	int64_t n = 0;

	vec_each(row, &r->rows)
		if (!strcmp(row->label, label))
			n = row->cumulative;
	rank_free(r);
	return n;
}

static void test_sums(void **state)
{
	struct ledger *l = ledger();
	struct profile *c = cpu(), *o = offcpu(), *w = wall_profile(l, c, o);

	(void)state;
	assert_int_equal(w->n_types, 1);
	assert_string_equal(profile_str(w, w->types[0].type), "wall");
	assert_int_equal(of(w, RANK_PROCESS, "a (1)"), 1001 + 2 + 30 + 500 + 7000 + 5);
	assert_int_equal(of(w, RANK_PROCESS, "b (2)"), 10);
	assert_int_equal(of(w, RANK_PROCESS, "c (3)"), 100);
	assert_int_equal(profile_total(w, 0), 8538 + 10 + 100);
	assert_int_equal(of(w, RANK_FUNCTION, "[on-CPU]"), 1013);
	assert_int_equal(of(w, RANK_FUNCTION, "[run queue]"), 30);
	assert_int_equal(of(w, RANK_FUNCTION, "[off-CPU: lock]"), 540);
	assert_int_equal(of(w, RANK_FUNCTION, "[off-CPU: poll]"), 7060);
	assert_int_equal(of(w, RANK_FUNCTION, "[residual]"), 5);
	assert_int_equal(of(w, RANK_FUNCTION, "f"), 1003 * 10 / 37);
	assert_int_equal(of(w, RANK_REASON, "lock"), 540); /* what was not sampled, too */
	assert_int_equal(profile_total(c, 1), 10 + 20 + 7 + 999999 + 10); /* sources, too */
	profile_free(c);
	profile_free(o);
	profile_free(w);
	ledger_free(l);
}

static void test_order(void **state)
{
	struct ledger *l = ledger();
	struct profile *c = cpu(), *w = wall_profile(l, c, NULL);
	struct calltree *t = calltree_new(w, 0);
	uint32_t a, in_state;

	(void)state;
	calltree_sort(t);
	a = t->nodes.at[0].first_child;
	assert_string_equal(calltree_name(t, a), "a");
	in_state = t->nodes.at[a].first_child;
	assert_string_equal(calltree_name(t, in_state), "[off-CPU: poll]");
	assert_int_equal(t->nodes.at[in_state].first_child, CALL_NONE); /* nothing was sampled */
	in_state = t->nodes.at[in_state].next;
	assert_string_equal(calltree_name(t, in_state), "[on-CPU]");
	assert_string_equal(calltree_name(t, t->nodes.at[in_state].first_child), "main");
	calltree_free(t);
	profile_free(w);
	profile_free(c);
	w = wall_profile(l, NULL, NULL);
	assert_int_equal(profile_total(w, 0), 8538 + 10 + 100);
	profile_free(w);
	ledger_free(l);
}

static void test_wakers(void **state)
{
	struct profile *o = offcpu(), *w;

	(void)state;
	model_add(o, "k!futex", "pid=1,comm=a,reason=lock,waker=z,waker_stack=main;;unlock", 1, 11);
	w = wakers_profile(o);
	assert_int_equal(profile_total(w, 1), 7511);
	assert_int_equal(of(w, RANK_PROCESS, "b"), 2); /* waits */
	assert_int_equal(of(w, RANK_PROCESS, "[not known]"), 1);
	assert_int_equal(of(w, RANK_FUNCTION, "main|unlock"), 1);
	assert_int_equal(of(w, RANK_FUNCTION, "[no stack taken]"), 2);
	assert_int_equal(of(w, RANK_FUNCTION, "unlock"), 1);
	assert_int_equal(of(w, RANK_FUNCTION, "main"), 1);
	profile_free(w);
	profile_free(o);
}

static void test_waits(void **state)
{
	struct profile *o = offcpu(), *c = cpu(), *chosen;
	struct buf note = {0};

	(void)state;
	assert_true(waits_known(o));
	assert_false(waits_known(c));
	chosen = waits_choose(o, reasons, 3, false, &note);
	assert_int_equal(profile_total(chosen, 1), 500);
	assert_string_equal(buf_str(&note),
			    "left out: 7.000 us of waiting for work (poll 7.000 us)");
	profile_free(chosen);
	buf_clear(&note);
	chosen = waits_choose(o, reasons, 3, true, &note);
	assert_int_equal(profile_total(chosen, 1), 7000);
	assert_int_equal(note.len, 0);
	profile_free(chosen);
	buf_done(&note);
	profile_free(o);
	profile_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sums),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_wakers),
		cmocka_unit_test(test_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
