// SPDX-License-Identifier: GPL-2.0-or-later
/* The formats: what stands in them, how wide they are, and names that mean harm. */
#include "model.h"

#include <jansson.h>

#include "out/label.h"
#include "out/out.h"

static char *shown(const struct profile *p, const char *format, const struct out_options *o)
{
	const struct out_format *f = outs_find(format);
	struct model_output to;

	assert_non_null(f);
	model_output_open(&to);
	assert_int_equal(f->write(p, o, to.stream), 0);
	return model_output_close(&to);
}

static void expect(const struct profile *p, const char *format, const struct out_options *o,
		   const char *expected)
{
	char *text = shown(p, format, o);

	assert_string_equal(text, expected);
	free(text);
}

static void test_formats(void **state)
{
	const char *word = OUT_FORMAT_WORDS;
	const struct out_format *f;

	(void)state;
	for (unsigned int i = 0; (f = outs_at(i)); i++) {
		assert_ptr_equal(outs_find(f->name), f);
		assert_memory_equal(word, f->name, strlen(f->name));
		word += strlen(f->name);
		assert_true(*word == (outs_at(i + 1) ? '|' : '\0'));
		word++;
	}
	assert_null(outs_find("nonsense"));
}

static void test_folded(void **state)
{
	struct profile *p = model_cpu();
	struct out_options o = {.value = 1};

	(void)state;
	model_add(p, "app!f;app!main", "pid=1,comm=app", 1, 10);
	model_add(p, "app!f;app!main", "pid=2,comm=app", 1, 5);
	model_add(p, "k!do_idle;app!in<out;app!main", "pid=1,comm=app", 1, 7);
	model_add(p, "app!main", "", 1, 2);
	model_add(p, "app!gone", "", 1, 0);
	model_add(p, "app!f;app!+ff", "comm=a;b\nc d", 1, 3);
	model_add(p, "", "", 1, 1);
	expect(p, "folded", &o,
	       "[unknown] 1\n"
	       "a:b?c d;app+0xff;f 3\n"
	       "app;main;f 15\n"
	       "app;main;out;in;do_idle_[k] 7\n"
	       "main 2\n");
	assert_int_equal(outs_find("folded")->default_value(p), 0);
	profile_free(p);
}

static void test_folded_units(void **state)
{
	static const char *const waits[] = {"off_cpu", "delay", "hold"};
	struct profile *p;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		p = model_new("waits", "count", waits[i], "nanoseconds");
		model_add(p, "app!f", "comm=a", 1, 5000999);
		model_add(p, "app!g", "comm=a", 1, 999); /* not one whole microsecond */
		assert_int_equal(outs_find("folded")->default_value(p), 1);
		expect(p, "folded", &(struct out_options){.value = 1}, "a;f 5000\n");
		profile_free(p);
	}
	p = model_new("inuse_objects", "count", "inuse_space", "bytes");
	model_add(p, "app!f", "comm=a", 1, 4096);
	expect(p, "folded", &(struct out_options){.value = 1}, "a;f 4096\n");
	profile_free(p);
}

static void test_text(void **state)
{
	struct profile *p = model_cpu();
	struct out_options o = {.value = 1, .rows = 2};

	(void)state;
	profile_add_comment(p, "cpu: nothing\033[2J lost");
	model_add(p, "k!idle;app!main", "pid=1,comm=app", 1, 3000000000);
	model_add(p, "app!main", "pid=1,comm=app", 1, 1000000000);
	model_add(p, "app!+10", "pid=2,comm=app", 1, 1000000);
	expect(p, "text", &o,
	       "    self s   self %     cum s    cum %  function\n"
	       "     3.000     75.0     3.000     75.0  idle  [kernel]\n"
	       "     1.000     25.0     4.000    100.0  main  [app]\n"
	       "total 4.001 s of cpu; 2 of 3 functions shown, with 100.0 % of it\n"
	       "\n"
	       "cpu: nothing?[2J lost\n");
	o.rows = 0;
	o.by = RANK_PROCESS;
	expect(p, "text", &o,
	       "    self s   self %     cum s    cum %  process\n"
	       "     4.000    100.0     4.000    100.0  app (1)\n"
	       "     0.001      0.0     0.001      0.0  app (2)\n"
	       "total 4.001 s of cpu\n"
	       "\n"
	       "cpu: nothing?[2J lost\n");
	profile_free(p);
}

static void test_text_stack(void **state)
{
	struct profile *p = model_new("samples", "count", NULL, NULL);
	struct out_options o = {.by = RANK_STACK};

	(void)state;
	model_add(p, "app!f;app!main", "", 3, 0);
	model_add(p, "", "", 1, 0);
	expect(p, "text", &o,
	       "      self   self %       cum    cum %  stack\n"
	       "         3     75.0         3     75.0  f  [app]\n"
	       "                                        main  [app]\n"
	       "         1     25.0         1     25.0  [unknown]\n"
	       "total 4 samples\n");
	profile_free(p);
}

static void test_tree(void **state)
{
	struct profile *p = model_cpu();
	struct out_options o = {.value = 1};

	(void)state;
	model_add(p, "app!g;app!f;app!main", "comm=app", 1, 600000);
	model_add(p, "app!h;app!f;app!main", "comm=app", 1, 200000);
	model_add(p, "k!deep;app!h;app!f;app!main", "comm=app", 1, 100000);
	model_add(p, "db!loop", "comm=db", 1, 96000);
	model_add(p, "app!rare1;app!f;app!main", "comm=app", 1, 3000);
	model_add(p, "app!below;app!rare2;app!main", "comm=app", 1, 1000);
	expect(p, "tree", &o,
	       "100.0 %     1.000 ms  all\n"
	       " 90.4 %     0.904 ms  ├─ app\n"
	       " 90.4 %     0.904 ms  │  main\n"
	       " 90.3 %     0.903 ms  │  f\n"
	       " 60.0 %     0.600 ms  │  ├─ g\n"
	       " 30.0 %     0.300 ms  │  └─ h\n"
	       " 10.0 %     0.100 ms  │     deep_[k]\n"
	       "  9.6 %     0.096 ms  └─ db\n"
	       "  9.6 %     0.096 ms     loop\n"
	       "left out: 2 calls below 0.5 %, together 0.4 %\n");
	profile_free(p);
}

/* A stack as deep as a hostile file can make it, with a branch at every frame. */
static void test_tree_deep(void **state)
{
	enum { DEPTH = 3000 };
	static uint32_t locations[DEPTH];
	struct profile *p = model_new("n", "count", NULL, NULL);
	struct out_options o = {.columns = 80};
	char name[32], *text, *line, *save;
	int64_t one = 1000000;
	int n = 0;

	(void)state;
	for (uint32_t i = 0; i < DEPTH; i++) {
		snprintf(name, sizeof(name), "app!function_%u", i);
		locations[i] = model_location(p, name);
	}
	profile_add_sample(p, profile_add_stack(p, locations, DEPTH), model_labels(p, ""), &one);
	for (uint32_t i = 0; i < 60; i++) {
		snprintf(name, sizeof(name), "app!side_%u", i);
		locations[DEPTH - 1 - i] = model_location(p, name);
		profile_add_sample(p, profile_add_stack(p, locations + DEPTH - 1 - i, i + 1),
				   model_labels(p, ""), &one);
		snprintf(name, sizeof(name), "app!function_%u", DEPTH - 1 - i);
		locations[DEPTH - 1 - i] = model_location(p, name);
	}
	text = shown(p, "tree", &o);
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save), n++)
		assert_in_range(label_width(line), 10, 80);
	assert_int_equal(n, 1 + DEPTH + 60);
	free(text);
	profile_free(p);
}

static void test_json(void **state)
{
	struct profile *p = model_cpu();
	struct out_options o = {.value = 1, .rows = 1, .by = RANK_LINE, .cumulative = true};
	json_t *j, *rows;
	char *text;

	(void)state;
	profile_add_comment(p, "line\nwith \"marks\"");
	model_add(p, "app!f\xff;app!main", "pid=9,comm=app,container=shop", 1, 10);
	text = shown(p, "json", &o);
	j = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	free(text);
	assert_non_null(j);
	rows = json_object_get(j, "rows");
	assert_int_equal(json_array_size(rows), 1);
	assert_string_equal(json_string_value(json_object_get(json_array_get(rows, 0), "name")),
			    "f\xef\xbf\xbd f\xef\xbf\xbd.c:2");
	assert_int_equal(json_integer_value(json_object_get(json_array_get(rows, 0), "line")), 2);
	assert_int_equal(json_integer_value(json_object_get(j, "total")), 10);
	assert_string_equal(json_string_value(json_object_get(j, "by")), "line");
	assert_string_equal(json_string_value(json_array_get(json_object_get(j, "comments"), 0)),
			    "line\nwith \"marks\"");
	json_decref(j);
	o.by = RANK_PROCESS;
	text = shown(p, "json", &o);
	j = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	free(text);
	rows = json_array_get(json_object_get(j, "rows"), 0);
	assert_int_equal(json_integer_value(json_object_get(rows, "pid")), 9);
	assert_string_equal(json_string_value(json_object_get(rows, "container")), "shop");
	json_decref(j);
	profile_free(p);
}

/* No line may be wider than the terminal, whatever the names are. */
static void test_widths(void **state)
{
	static const unsigned int widths[] = {60, 80, 120, 200};
	struct profile *p = model_cpu();
	char name[4000], *text, *line, *save;

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	memcpy(name, "lib!", 4);
	model_add(p, name, "comm=a", 1, 10);
	memcpy(name + 30, "very_long_module.so!", 20);
	name[3] = 'x';
	model_add(p, name, "comm=a", 1, 10);
	model_add(p, "k!do_something_with_a_name_longer_than_that", "comm=a", 1, 10);
	profile_add_comment(p,
			    "words that are not too long, but many of them, so that they must be "
			    "broken into several lines on every terminal but the widest ones");
	for (size_t i = 0; i < 4 * 3; i++) {
		struct out_options o = {.columns = widths[i % 4], .value = 1};

		o.by = i / 4 == 2 ? RANK_STACK : RANK_FUNCTION;
		text = shown(p, i / 4 ? "text" : "tree", &o);
		assert_null(strchr(text, '\033'));
		for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
			assert_in_range(label_width(line), 1, o.columns);
		free(text);
	}
	profile_free(p);
}

static void test_nothing(void **state)
{
	struct profile *p = model_cpu();
	const struct out_format *f;
	struct out_options o = {.value = 1, .columns = 80, .colour = true};

	(void)state;
	for (unsigned int i = 0; (f = outs_at(i)); i++)
		free(shown(p, f->name, &o));
	profile_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_formats),	     cmocka_unit_test(test_folded),
		cmocka_unit_test(test_folded_units), cmocka_unit_test(test_text),
		cmocka_unit_test(test_text_stack),   cmocka_unit_test(test_tree),
		cmocka_unit_test(test_tree_deep),    cmocka_unit_test(test_json),
		cmocka_unit_test(test_widths),	     cmocka_unit_test(test_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
