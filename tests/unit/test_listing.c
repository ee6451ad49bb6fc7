// SPDX-License-Identifier: GPL-2.0-or-later
/* Functions from the inside: what is summed on which line and address, and how that is printed. */
#include "model.h"

#include <errno.h>

#include "model/listing.h"
#include "out/list.h"
#include "out/out.h"

static struct listing *list(const struct profile *p, const char *pattern)
{
	struct listing *l = NULL;
	struct buf why = {0};

	assert_int_equal(listing_new(p, pattern, 1, &l, &why), 0);
	buf_done(&why);
	return l;
}

static const struct listing_function *function(const struct listing *l, const char *name)
{
	const struct listing_function *f;

	vec_each(f, &l->functions)
		if (!strcmp(f->name, name))
			return f;
	fail_msg("there is no function %s", name);
	return NULL;
}

/* A location of "name" at a line of /src/name.c in /usr/bin/app, or inlined into `outer`. */
static uint32_t at_line(struct profile *p, uint64_t address, const char *name, int64_t line,
			const char *outer)
{
	uint32_t location = profile_add_location(p, model_mapping(p, "app"), address);
	struct profile_line lines[2] = {model_line(p, name)};

	lines[0].line = line;
	if (outer)
		lines[1] = model_line(p, outer);
	profile_set_lines(p, location, lines, outer ? 2 : 1);
	return location;
}

static void add(struct profile *p, const uint32_t *frames, uint32_t n, int64_t value)
{
	int64_t values[PROFILE_MAX_VALUES] = {1, value};

	profile_add_sample(p, profile_add_stack(p, frames, n), profile_add_labels(p, NULL, 0),
			   values);
}

/* Each line and address once a sample, also when the function is on the stack twice. */
static void test_recursion(void **state)
{
	struct profile *p = model_cpu();
	uint32_t leaf = at_line(p, 0x10, "fib", 3, NULL), call = at_line(p, 0x20, "fib", 5, NULL);
	uint32_t main = at_line(p, 0x90, "main", 9, NULL);
	const struct listing_function *f;
	struct listing *l;

	(void)state;
	add(p, (uint32_t[]){leaf, call, call, main}, 4, 7);
	add(p, (uint32_t[]){call, main}, 2, 2);
	l = list(p, "^fib$");
	assert_int_equal(l->functions.n, 1);
	assert_int_equal(l->total, 9);
	f = &l->functions.at[0];
	assert_int_equal(f->self, 9);
	assert_int_equal(f->cumulative, 9);
	assert_int_equal(f->lines.n, 2);
	assert_int_equal(l->lines.at[f->lines.first].line, 3);
	assert_int_equal(l->lines.at[f->lines.first].self, 7);
	assert_int_equal(l->lines.at[f->lines.first].cumulative, 7);
	assert_int_equal(l->lines.at[f->lines.first + 1].line, 5);
	assert_int_equal(l->lines.at[f->lines.first + 1].self, 2);
	assert_int_equal(l->lines.at[f->lines.first + 1].cumulative, 9);
	assert_int_equal(f->places.n, 2);
	assert_int_equal(l->places.at[f->places.first + 1].address, 0x20);
	assert_int_equal(l->places.at[f->places.first + 1].cumulative, 9);
	listing_free(l);
	profile_free(p);
}

/* The inlined function has its own lines; its caller's call line gets no self. */
static void test_inlined(void **state)
{
	struct profile *p = model_cpu();
	uint32_t leaf = at_line(p, 0x10, "turn", 3, "work");
	const struct listing_function *turn, *work;
	struct listing *l;

	(void)state;
	add(p, &leaf, 1, 5);
	l = list(p, ".");
	turn = function(l, "turn");
	work = function(l, "work");
	assert_int_equal(turn->self, 5);
	assert_true(l->places.at[turn->places.first].inlined);
	assert_int_equal(work->self, 0);
	assert_int_equal(work->cumulative, 5);
	assert_int_equal(l->lines.at[work->lines.first].self, 0);
	assert_int_equal(l->lines.at[work->lines.first].cumulative, 5);
	assert_int_equal(l->places.at[work->places.first].self, 5);
	assert_false(l->places.at[work->places.first].inlined);
	assert_ptr_equal(&l->functions.at[0], turn);
	listing_sort(l, true);
	assert_int_equal(l->functions.at[0].cumulative, 5);
	listing_free(l);
	profile_free(p);
}

/* Without a name: by "module+0xaddress", one function a module; functions without a value go. */
static void test_unnamed(void **state)
{
	struct profile *p = model_cpu();
	struct listing *l;

	(void)state;
	model_add(p, "app!+10;app!+20;lib!+30", "pid=1", 1, 4);
	model_add(p, "app!zero", "pid=1", 1, 0);
	l = list(p, "^app\\+0x");
	assert_int_equal(l->functions.n, 1);
	assert_string_equal(l->functions.at[0].name, "");
	assert_string_equal(l->functions.at[0].module, "app");
	assert_int_equal(l->functions.at[0].self, 4);
	assert_int_equal(l->functions.at[0].places.n, 2);
	assert_int_equal(l->functions.at[0].lines.n, 0);
	listing_free(l);
	l = list(p, "zero");
	assert_int_equal(l->functions.n, 0);
	listing_free(l);
	profile_free(p);
}

static void test_pattern(void **state)
{
	struct profile *p = model_cpu();
	struct listing *l = NULL;
	struct buf why = {0};

	(void)state;
	assert_int_equal(listing_new(p, "(", 1, &l, &why), -EINVAL);
	assert_null(l);
	assert_non_null(strstr(buf_str(&why), "'(': "));
	buf_done(&why);
	profile_free(p);
}

static void push_row(struct list *l, struct list_block *block, uint64_t at, int64_t self,
		     const char *text)
{
	struct list_row row = {.at = at, .self = self, .cumulative = self};

	row.text = intern_add(&l->texts, text);
	vec_push(&block->rows, row);
}

/* Tabs, bytes that are no UTF-8, escape sequences and endless lines do no harm. */
static void test_hostile_text(void **state)
{
	struct profile *p = model_cpu();
	struct list l = {.p = p, .pattern = "\033[2J", .value = 1, .total = 10, .found = 1};
	struct list_part part = {.self = 10, .cumulative = 10};
	struct list_block block = {.form = LIST_SOURCE};
	struct out_options o = {.columns = 0};
	struct model_output out;
	char endless[3001];

	(void)state;
	memset(endless, 'x', sizeof(endless) - 1);
	endless[sizeof(endless) - 1] = '\0';
	part.name = intern_add(&l.texts, "e\033]0;owned\a\nvil");
	part.file = intern_add(&l.texts, "/x/\033[31m.c");
	push_row(&l, &block, 1, 10, "\tif (x)\t\033[2J\xff");
	push_row(&l, &block, 2, 0, endless);
	vec_push(&part.blocks, block);
	vec_push(&l.parts, part);
	model_output_open(&out);
	assert_int_equal(list_text_write(&l, &o, out.stream), 0);
	fclose(out.stream);
	for (size_t i = 0; i < out.n; i++)
		assert_true((unsigned char)out.text[i] >= ' ' || out.text[i] == '\n');
	assert_non_null(strstr(out.text, "e?]0;owned??vil"));
	assert_non_null(strstr(out.text, "  1          if (x)  ?[2J\xef\xbf\xbd\n"));
	endless[LIST_MAX_COLUMNS] = '\0';
	assert_null(strstr(out.text, endless));
	endless[LIST_MAX_COLUMNS - 1] = '\0';
	assert_non_null(strstr(out.text, endless));
	free(out.text);
	model_output_open(&out);
	assert_int_equal(list_json_write(&l, out.stream), 0);
	fclose(out.stream);
	assert_null(strchr(out.text, '\033'));
	assert_non_null(strstr(out.text, "\"form\": \"source\""));
	free(out.text);
	list_done(&l);
	profile_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recursion),    cmocka_unit_test(test_inlined),
		cmocka_unit_test(test_unnamed),	     cmocka_unit_test(test_pattern),
		cmocka_unit_test(test_hostile_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
