// SPDX-License-Identifier: GPL-2.0-or-later
/* Names of frames, rows of every sort, and the tree of calls. */
#include "model.h"

#include "model/calltree.h"
#include "model/frame.h"
#include "model/rank.h"

static const struct rank_row *row(const struct rank *r, const char *label, const char *module)
{
	const struct rank_row *it, *found = NULL;

	vec_each(it, &r->rows) {
		if (strcmp(it->label, label) || (module && strcmp(it->module, module)))
			continue;
		assert_null(found); /* each row once */
		found = it;
	}
	if (!found)
		fail_msg("there is no row %s", label);
	return found;
}

static void expect(const struct rank *r, const char *label, const char *module, int64_t self,
		   int64_t cumulative)
{
	const struct rank_row *it = row(r, label, module);

	assert_int_equal(it->self, self);
	assert_int_equal(it->cumulative, cumulative);
}

static void test_frame_names(void **state)
{
	struct profile *p = model_cpu();
	uint32_t inlined = model_stack(p, "app!inner<outer");
	struct profile_mapping m = {.file = profile_string(p, "/usr/lib/")};
	uint32_t slash = profile_add_mapping(p, &m), plain, kernel, nameless;
	struct buf name = {0};

	(void)state;
	inlined = p->frames.at[p->stacks.at[inlined].first];
	assert_int_equal(frame_count(p, inlined), 2);
	assert_string_equal(frame_function(p, inlined, 0), "inner");
	assert_string_equal(frame_function(p, inlined, 1), "outer");
	assert_string_equal(frame_module(p, inlined), "app");
	plain = profile_add_location(p, PROFILE_NONE, 0xbeef);
	assert_int_equal(frame_count(p, plain), 1);
	assert_string_equal(frame_function(p, plain, 0), "");
	frame_name(p, plain, 0, &name);
	assert_string_equal(buf_str(&name), "[unknown]+0xbeef");
	buf_clear(&name);
	nameless = profile_add_location(p, model_mapping(p, "libx.so.6"), 0x10);
	frame_name(p, nameless, 0, &name);
	assert_string_equal(buf_str(&name), "libx.so.6+0x10");
	kernel = profile_add_location(p, model_mapping(p, "k"), 1);
	assert_true(frame_is_kernel(p, kernel));
	assert_string_equal(frame_module(p, kernel), "[kernel.kallsyms]");
	assert_false(frame_is_kernel(p, nameless));
	assert_false(frame_is_kernel(p, plain));
	assert_string_equal(frame_module(p, profile_add_location(p, slash, 1)), "/usr/lib/");
	buf_done(&name);
	profile_free(p);
}

static void test_by_function(void **state)
{
	struct profile *p = model_cpu();
	struct rank *r;

	(void)state;
	model_add(p, "app!f;app!f;app!g;app!f;app!main", "pid=1", 1, 10); /* recursion */
	model_add(p, "app!in<out;app!main", "pid=2", 1, 5);
	model_add(p, "other!main", "pid=3", 1, 3);
	model_add(p, "app!+99;app!main", "pid=1", 1, 2);
	model_add(p, "app!zero;app!main", "pid=1", 1, 0);
	r = rank_new(p, RANK_FUNCTION, 1);
	assert_int_equal(r->total, 20);
	expect(r, "f", "app", 10, 10);
	expect(r, "g", "app", 0, 10);
	expect(r, "in", "app", 5, 5);
	expect(r, "out", "app", 0, 5);
	expect(r, "main", "app", 0, 17);
	expect(r, "main", "other", 3, 3);
	expect(r, "app+0x99", "app", 2, 2);
	assert_int_equal(r->rows.n, 7); /* no row for zero */
	assert_string_equal(r->rows.at[0].label, "f");
	rank_sort(r, true);
	assert_string_equal(r->rows.at[0].label, "main");
	assert_string_equal(r->rows.at[1].label, "f"); /* self decides between equals */
	rank_free(r);
	r = rank_new(p, RANK_FUNCTION, 0);
	expect(r, "zero", "app", 1, 1);
	rank_free(r);
	rank_free(NULL);
	profile_free(p);
}

static void test_by_line_and_module(void **state)
{
	struct profile *p = model_cpu();
	struct rank *r;

	(void)state;
	model_add(p, "app!f;app!main", "pid=1", 1, 10);
	model_add(p, "k!f;app!main", "pid=1", 1, 7);
	model_add(p, "app!+5", "pid=1", 1, 1);
	r = rank_new(p, RANK_LINE, 1);
	expect(r, "f f.c:1", "app", 10, 10);
	expect(r, "main main.c:4", "app", 0, 17);
	expect(r, "app+0x5", "app", 1, 1);
	assert_true(row(r, "f f.c:1", "[kernel.kallsyms]")->kernel);
	assert_string_equal(row(r, "main main.c:4", NULL)->file, "/src/main.c");
	assert_int_equal(row(r, "main main.c:4", NULL)->line, 4);
	rank_free(r);
	r = rank_new(p, RANK_MODULE, 1);
	assert_int_equal(r->rows.n, 2);
	expect(r, "app", "", 11, 18);
	expect(r, "[kernel.kallsyms]", "", 7, 7);
	rank_free(r);
	profile_free(p);
}

static void test_by_label(void **state)
{
	struct profile *p = model_cpu();
	struct rank *r;

	(void)state;
	model_add(p, "f", "pid=1,comm=a,tid=1,thread=main", 1, 1);
	model_add(p, "g", "pid=1,comm=a,tid=2,thread=worker", 1, 2);
	model_add(p, "f", "pid=2,comm=a,container=shop,container_id=xyz", 1, 4);
	model_add(p, "f", "pid=3,comm=b,container_id=xaaaaaaaaaaabbbbbb", 1, 8);
	model_add(p, "f", "", 1, 16);
	r = rank_new(p, RANK_PROCESS, 1);
	assert_int_equal(r->rows.n, 4);
	expect(r, "a (1)", NULL, 3, 3);
	expect(r, "a (2)", NULL, 4, 4);
	expect(r, "[no process known]", NULL, 16, 16);
	rank_free(r);
	r = rank_new(p, RANK_THREAD, 1);
	expect(r, "a (1) / main (1)", NULL, 1, 1);
	expect(r, "a (1) / worker (2)", NULL, 2, 2);
	expect(r, "b (3)", NULL, 8, 8);
	rank_free(r);
	r = rank_new(p, RANK_CONTAINER, 1);
	expect(r, "shop", NULL, 4, 4);
	expect(r, "xaaaaaaaaaaa", NULL, 8, 8);
	expect(r, "[host]", NULL, 3, 3);
	expect(r, "[no process known]", NULL, 16, 16);
	rank_free(r);
	r = rank_new(p, RANK_STACK, 1);
	assert_int_equal(r->rows.n, 2);
	expect(r, "f", NULL, 29, 29);
	rank_free(r);
	profile_free(p);
}

static void test_by_stack(void **state)
{
	struct profile *p = model_cpu();
	struct rank *r;

	(void)state;
	model_add(p, "app!in<out;app!main", "", 1, 1);
	model_add(p, "", "", 1, 2);
	r = rank_new(p, RANK_STACK, 1);
	expect(r, "main;out;in", NULL, 1, 1);
	expect(r, "[unknown]", NULL, 2, 2);
	rank_free(r);
	profile_free(p);
}

static void test_words(void **state)
{
	const char *word = RANK_BY_WORDS;

	(void)state;
	for (int by = RANK_FUNCTION; by <= RANK_LAST; by++) {
		size_t n = strlen(rank_by_name((enum rank_by)by));

		assert_memory_equal(word, rank_by_name((enum rank_by)by), n);
		assert_true(word[n] == (by == RANK_LAST ? '\0' : '|'));
		word += n + 1;
	}
}

static const struct call_node *child_named(const struct calltree *t, uint32_t parent,
					   const char *name)
{
	for (uint32_t c = t->nodes.at[parent].first_child; c != CALL_NONE; c = t->nodes.at[c].next)
		if (!strcmp(calltree_name(t, c), name))
			return &t->nodes.at[c];
	fail_msg("no call of %s", name);
	return NULL;
}

static void test_calltree(void **state)
{
	struct profile *p = model_cpu();
	const struct call_node *app, *main_node, *f;
	struct calltree *t;

	(void)state;
	model_add(p, "app!f;app!main", "comm=app,pid=1", 1, 10);
	model_add(p, "app!f;app!main", "comm=app,pid=2", 1, 5);
	model_add(p, "app!g;app!f;app!main", "comm=app", 1, 3);
	model_add(p, "app!z;app!main", "comm=app", 1, 18);
	model_add(p, "app!main", "", 1, 1);
	t = calltree_new(p, 1);
	calltree_sort(t);
	assert_int_equal(t->nodes.at[0].total, 37);
	app = child_named(t, 0, "app");
	assert_int_equal(app->total, 36);
	assert_int_equal(app->module, 0);
	main_node = child_named(t, (uint32_t)(app - t->nodes.at), "main");
	assert_int_equal(main_node->total, 36);
	assert_int_equal(main_node->self, 0);
	f = child_named(t, (uint32_t)(main_node - t->nodes.at), "f");
	assert_int_equal(f->total, 18);
	assert_int_equal(f->self, 15);
	/* Equal totals are in the order of names. */
	assert_string_equal(calltree_name(t, main_node->first_child), "f");
	assert_string_equal(calltree_name(t, t->nodes.at[main_node->first_child].next), "z");
	calltree_free(t);
	profile_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_frame_names),	   cmocka_unit_test(test_by_function),
		cmocka_unit_test(test_by_line_and_module), cmocka_unit_test(test_by_label),
		cmocka_unit_test(test_by_stack),	   cmocka_unit_test(test_words),
		cmocka_unit_test(test_calltree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
