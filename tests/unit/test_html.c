// SPDX-License-Identifier: GPL-2.0-or-later
/* The page's data, SVG and speedscope files: that they add up, and names that mean harm. */
#include "model.h"

#include <jansson.h>

#include "model/recording.h"
#include "out/html.h"
#include "out/speedscope.h"
#include "out/svg.h"

#define HARM "</script><b>\"'&\001\033[2J\xff\xe2\x80\xae"

static json_t *data_of(const struct html_input *in)
{
	struct buf text = {0};
	json_error_t error;
	json_t *data;

	html_data(in, &text);
	data = json_loadb(buf_str(&text), text.len, 0, &error);
	if (!data)
		fail_msg("no JSON: %s at %d", error.text, error.position);
	buf_done(&text);
	return data;
}

static json_t *profile_of(json_t *data, size_t i)
{
	return json_array_get(json_object_get(data, "profiles"), i);
}

static int64_t number(json_t *object, const char *column, size_t i)
{
	return json_integer_value(json_array_get(json_object_get(object, column), i));
}

static size_t length(json_t *object, const char *column)
{
	return json_array_size(json_object_get(object, column));
}

static const char *string(json_t *p, int64_t i)
{
	return json_string_value(json_array_get(json_object_get(p, "strings"), (size_t)i));
}

static const char *name_of(json_t *p, int64_t node)
{
	return string(p, number(p, "name", (size_t)number(p, "frame", (size_t)node)));
}

static void fill(struct profile *p)
{
	model_add(p, "app!f;app!main", "pid=1,comm=app", 1, 10);
	model_add(p, "app!f;app!main", "pid=2,comm=app", 2, 20);
	model_add(p, "k!do_idle;app!in<out;app!main", "pid=1,comm=app", 4, 40);
	model_add(p, "app!out;app!main", "pid=1,comm=app", 8, 80);
	model_add(p, "app!f", "", 16, 160);
	model_add(p, "", "comm=idle", 32, 320);
	model_add(p, "app!none", "comm=idle", 0, 0);
}

static void test_tree(void **state)
{
	struct profile *p = model_cpu();
	struct out_part part = {"cpu", "what burns CPU", p, 1};
	struct html_input in = {.parts = &part, .n_parts = 1, .version = "1.2.3"};
	int64_t sum = 0, inlined = 0;
	json_t *data, *j;

	(void)state;
	fill(p);
	data = data_of(&in);
	j = profile_of(data, 0);
	assert_string_equal(json_string_value(json_object_get(data, "hostprof")), "1.2.3");
	assert_true(json_is_null(json_object_get(data, "recording")));
	assert_int_equal(json_integer_value(json_object_get(j, "shown")), 1);
	for (size_t i = 1; i < length(j, "up"); i++)
		assert_in_range(number(j, "up", i), 1, i);
	for (size_t i = 0; i < length(j, "inlined"); i++)
		inlined += number(j, "inlined", i);
	assert_int_equal(inlined, 1);
	for (size_t i = 0; i < length(j, "value1"); i++)
		sum += number(j, "value1", i);
	assert_int_equal(sum, profile_total(p, 1));
	assert_int_equal(length(j, "at"), length(j, "set"));
	/* main; out; in; do_idle: the first three are the boxes that main; out has found. */
	assert_int_equal(number(j, "at", 2), 6);
	assert_int_equal(number(j, "at", 3), 4);
	assert_string_equal(name_of(j, 4), "out");
	assert_int_equal(number(j, "inlined", 5), 1);
	assert_string_equal(name_of(j, 0), "all");
	assert_string_equal(name_of(j, 1), "app");
	assert_string_equal(name_of(j, 2), "main");
	assert_string_equal(name_of(j, number(j, "at", 5)), "idle");
	json_decref(data);
	profile_free(p);
}

static void test_names(void **state)
{
	struct profile *p = model_cpu();
	struct out_part part = {HARM, HARM, p, 0};
	struct html_input in = {.parts = &part, .n_parts = 1, .version = HARM};
	struct model_output to;
	const char *from;
	char *page;
	json_t *data;

	(void)state;
	model_add(p, "app!" HARM ";app!main", "comm=" HARM "," HARM "=1", 1, 1);
	profile_add_comment(p, HARM);
	data = data_of(&in);
	json_decref(data);
	model_output_open(&to);
	assert_int_equal(html_write(&in, to.stream), 0);
	page = model_output_close(&to);
	from = strstr(page, "type=\"text/plain\">");
	assert_non_null(from);
	from += strlen("type=\"text/plain\">");
	assert_int_equal(strspn(from, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789+/="),
			 strcspn(from, "<"));
	assert_null(strstr(page, "2J"));
	free(to.text);
	profile_free(p);
}

static void test_recording(void **state)
{
	struct recording *r = recording_new();
	struct recording_kind *kind = recording_add_kind(r, "cpu", "cpu.pb.gz"), *lock;
	struct html_input in = {.recording = r};
	json_t *data, *header, *kinds;

	(void)state;
	r->kernel = mem_strdup("6.1.0");
	r->target_text = mem_strdup("the whole host");
	r->duration_ns = 1000000000;
	r->n_cpus = 2;
	kind->ok = true;
	kind->attempted = 10;
	kind->delivered = 7;
	vec_push(&kind->lost,
		 ((struct recording_count){.name = "ring_full", .what = "full", .n = 3}));
	lock = recording_add_kind(r, "lock", "lock.pb.gz");
	lock->why = mem_strdup("no tracepoint");
	data = data_of(&in);
	header = json_object_get(data, "recording");
	kinds = json_object_get(header, "kinds");
	assert_int_equal(json_array_size(kinds), 2);
	assert_int_equal(json_integer_value(json_object_get(json_array_get(kinds, 0), "lost")), 3);
	assert_true(json_is_false(json_object_get(json_array_get(kinds, 1), "ok")));
	assert_string_equal(json_string_value(json_object_get(json_array_get(kinds, 1), "why")),
			    "no tracepoint");
	assert_string_equal(json_string_value(json_object_get(header, "target")), "the whole host");
	json_decref(data);
	recording_free(r);
}

static void test_speedscope(void **state)
{
	struct profile *a = model_cpu(), *b = model_new("inuse_space", "bytes", NULL, NULL);
	struct out_part parts[] = {{"cpu", "", a, 1}, {"heap", "", b, 0}};
	struct out_options o = {.version = "1.2.3"};
	struct model_output to;
	json_t *top, *profiles, *frames, *sample;

	(void)state;
	fill(a);
	model_add(b, "app!leak;app!main", "", 5, 0);
	model_add(b, "app!leak;app!main", "pid=3", 6, 0);
	model_add(b, "app!freed;app!main", "", -7, 0);
	model_output_open(&to);
	assert_int_equal(speedscope_write(parts, 2, &o, to.stream), 0);
	top = json_loads(model_output_close(&to), 0, NULL);
	assert_non_null(top);
	profiles = json_object_get(top, "profiles");
	frames = json_object_get(json_object_get(top, "shared"), "frames");
	assert_int_equal(json_array_size(profiles), 2);
	/* The second: one stack, 11 bytes; what is below zero is left out. */
	assert_int_equal(number(json_array_get(profiles, 1), "weights", 0), 11);
	assert_int_equal(length(json_array_get(profiles, 1), "samples"), 1);
	sample = json_array_get(json_object_get(json_array_get(profiles, 1), "samples"), 0);
	assert_int_equal(json_array_size(sample), 2);
	sample = json_array_get(frames, (size_t)json_integer_value(json_array_get(sample, 1)));
	assert_string_equal(json_string_value(json_object_get(sample, "name")), "leak");
	assert_string_equal(json_string_value(json_object_get(json_array_get(profiles, 1), "unit")),
			    "bytes");
	json_decref(top);
	free(to.text);
	profile_free(a);
	profile_free(b);
}

static void test_svg(void **state)
{
	struct profile *p = model_cpu();
	struct out_options o = {.value = 0};
	struct model_output to;

	(void)state;
	model_add(p, "app!" HARM "\xef\xbf\xbe;app!main", "comm=" HARM, 3, 1);
	model_add(p, "app!gone", "", -2, 1);
	model_output_open(&to);
	assert_int_equal(svg_write(p, &o, to.stream), 0);
	model_output_close(&to);
	assert_non_null(strstr(to.text, "&lt;/script&gt;&lt;b&gt;&quot;"));
	assert_null(strstr(to.text, "<b>"));
	assert_null(strchr(to.text, '\033'));
	assert_null(strstr(to.text, "\xef\xbf\xbe"));
	free(to.text);
	profile_free(p);
	p = model_cpu(); /* nothing at all */
	model_output_open(&to);
	assert_int_equal(svg_write(p, &o, to.stream), 0);
	model_output_close(&to);
	assert_non_null(strstr(to.text, "</svg>"));
	free(to.text);
	profile_free(p);
}

/* A stack deeper than any recursion could draw. */
static void test_deep(void **state)
{
	enum { DEPTH = 200000 };
	struct profile *p = model_cpu();
	uint32_t *locations = mem_array(DEPTH, sizeof(*locations));
	int64_t values[PROFILE_MAX_VALUES] = {1, 1};
	struct out_part part = {"", "", p, 0};
	struct html_input in = {.parts = &part, .n_parts = 1};
	struct out_options o = {0};
	struct model_output to;
	json_t *data;

	(void)state;
	for (uint32_t i = 0; i < DEPTH; i++)
		locations[i] = profile_add_location(p, PROFILE_NONE, i % 7);
	profile_add_sample(p, profile_add_stack(p, locations, DEPTH),
			   profile_add_labels(p, NULL, 0), values);
	data = data_of(&in);
	assert_int_equal(length(profile_of(data, 0), "up"), DEPTH + 1);
	json_decref(data);
	model_output_open(&to);
	assert_int_equal(svg_write(p, &o, to.stream), 0);
	assert_int_equal(speedscope_write(&part, 1, &o, to.stream), 0);
	free(model_output_close(&to));
	free(locations);
	profile_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tree),	  cmocka_unit_test(test_names),
		cmocka_unit_test(test_recording), cmocka_unit_test(test_speedscope),
		cmocka_unit_test(test_svg),	  cmocka_unit_test(test_deep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
