// SPDX-License-Identifier: GPL-2.0-or-later
/* What a recording says of itself: the books, the lines, summary.json and the summary. */
#include "model.h"

#include <jansson.h>

#include "model/recording.h"
#include "out/label.h"
#include "out/out.h"
#include "out/recording_json.h"
#include "out/summary.h"

static struct recording *sample_recording(void)
{
	struct recording *r = recording_new();
	struct recording_kind *cpu = recording_add_kind(r, "cpu", "cpu.pb.gz"), *lock;

	r->kernel = mem_strdup("6.1.0");
	r->arch = mem_strdup("x86_64");
	r->target_text = mem_strdup("pid 7");
	r->target_json = mem_strdup("{\"pids\":[7]}");
	r->duration_ns = 10000000000;
	r->n_cpus = 2;
	cpu->ok = true;
	cpu->source = "cpu-clock";
	cpu->period = 10101010;
	cpu->attempted = 1980;
	cpu->delivered = 1977;
	vec_push(&cpu->lost, ((struct recording_count){
				     .name = "ring_full", .what = "the ring was full", .n = 3}));
	vec_push(&cpu->lost,
		 ((struct recording_count){.name = "unread", .what = "never read", .n = 0}));
	cpu->complete = 1900;
	vec_push(&cpu->truncated,
		 ((struct recording_count){.name = "too_deep", .what = "too deep", .n = 70}));
	vec_push(&cpu->truncated,
		 ((struct recording_count){.name = "no_table", .what = "no table", .n = 7}));
	cpu->ticks_expected = 1980;
	cpu->ticks_seen = 1742;
	cpu->profile = model_cpu();
	model_add(cpu->profile, "app!f;app!main", "pid=7,comm=app", 1500, 15000000000);
	model_add(cpu->profile, "k!idle;app!main", "pid=8,comm=app", 477, 4770000000);
	lock = recording_add_kind(r, "lock", "lock.pb.gz");
	lock->why = mem_strdup("the tracepoint sched_switch is missing");
	r->overhead = (struct recording_overhead){.agent_cpu_ns = 18200000,
						  .bpf_ns = 3100000,
						  .bpf_runs = 1980,
						  .bpf_known = true,
						  .rss_bytes = 21500000};
	return r;
}

static void test_lines(void **state)
{
	struct recording *r = sample_recording();
	struct recording_kind *cpu = &r->kinds.at[0];
	struct buf line = {0};

	(void)state;
	assert_int_equal(recording_lost(cpu), 3);
	assert_int_equal(recording_truncated(cpu), 77);
	assert_true(recording_balance(cpu));
	recording_loss_line(cpu, &line);
	assert_string_equal(buf_str(&line),
			    "cpu: 1980 samples attempted, 1977 delivered, 3 lost (3: the ring was "
			    "full); stacks: 1900 complete, 77 cut short (70: too deep, 7: no "
			    "table); the timer came 88.0 % of the times it should have");
	buf_clear(&line);
	cpu->ticks_seen = 1960; /* 99 %: not worth a word */
	cpu->attempted++;
	assert_false(recording_balance(cpu));
	recording_loss_line(cpu, &line);
	assert_null(strstr(buf_str(&line), "timer"));
	assert_non_null(strstr(buf_str(&line), ", 1 unaccounted for;"));
	buf_clear(&line);
	recording_loss_line(&r->kinds.at[1], &line);
	assert_string_equal(buf_str(&line),
			    "lock: unavailable: the tracepoint sched_switch is missing");
	buf_done(&line);
	recording_free(r);
	recording_free(NULL);
}

static void test_overhead(void **state)
{
	struct recording *r = sample_recording();
	struct buf line = {0};

	(void)state;
	assert_true(recording_percent(r) > 0.1064 && recording_percent(r) < 0.1066);
	recording_overhead_line(r, &line);
	assert_string_equal(buf_str(&line), "overhead: 0.11 % of 2 CPUs: agent 18.2 ms, BPF 3.1 ms "
					    "in 1980 runs, RSS 20.5 MiB");
	buf_clear(&line);
	r->overhead.bpf_known = false;
	r->overhead.traps = 12;
	r->overhead.trap_ns = 2500000000;
	r->n_cpus = 1;
	recording_overhead_line(r, &line);
	assert_non_null(strstr(buf_str(&line), "of 1 CPU:"));
	assert_non_null(strstr(buf_str(&line), "BPF not measured"));
	assert_non_null(strstr(buf_str(&line), "12 traps costing 2.50 s"));
	r->duration_ns = 0;
	assert_true(recording_percent(r) == 0);
	buf_done(&line);
	recording_free(r);
}

static void test_json(void **state)
{
	struct recording *r = sample_recording();
	struct model_output o;
	json_t *j, *cpu;
	char *text;

	(void)state;
	r->start_real_ns = 1700000000123000000;
	r->kinds.at[0].delivered = UINT64_MAX; /* beyond JSON's integers here */
	model_output_open(&o);
	assert_int_equal(recording_json_write(r, "9.9", o.stream), 0);
	text = model_output_close(&o);
	j = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(j);
	assert_int_equal(json_integer_value(json_object_get(j, "schema")), 1);
	assert_string_equal(json_string_value(json_object_get(j, "hostprof")), "9.9");
	assert_string_equal(json_string_value(json_object_get(j, "start")),
			    "2023-11-14T22:13:20.123Z");
	cpu = json_object_get(json_object_get(j, "kinds"), "cpu");
	assert_string_equal(json_string_value(json_object_get(cpu, "status")), "ok");
	assert_true(json_integer_value(json_object_get(cpu, "delivered")) == INT64_MAX);
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(cpu, "lost"), "unread")), 0);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(cpu, "ticks"), "seen")),
			 1742);
	cpu = json_object_get(json_object_get(j, "kinds"), "lock");
	assert_string_equal(json_string_value(json_object_get(cpu, "status")), "unavailable");
	assert_int_equal(json_array_size(json_object_get(json_object_get(j, "target"), "pids")), 1);
	json_decref(j);
	free(text);
	recording_free(r);
}

static char *summary(const struct recording *r, unsigned int columns, bool colour)
{
	static const char *const files[] = {"out/cpu.pb.gz", NULL};
	struct out_options o = {.columns = columns, .colour = colour};
	struct model_output to;

	model_output_open(&to);
	summary_write(r, &o, files, to.stream);
	return model_output_close(&to);
}

static void test_summary(void **state)
{
	static const unsigned int widths[] = {40, 80, 100, 160, 200};
	struct recording *r = sample_recording();
	char *text, *line, *save;

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		text = summary(r, widths[i], false);
		assert_non_null(strstr(text, "app (7)"));
		assert_non_null(strstr(text, "unavailable"));
		assert_non_null(strstr(text, "wrote out/cpu.pb.gz"));
		assert_null(strchr(text, '\033'));
		for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
			assert_in_range(label_width(line), 1, widths[i]);
		free(text);
	}
	text = summary(r, 80, true);
	assert_non_null(strchr(text, '\033'));
	free(text);
	recording_free(r);
}

/* Nothing recorded at all must not divide by zero or read what is not there. */
static void test_summary_empty(void **state)
{
	struct recording *r = recording_new();
	struct recording_kind *cpu = recording_add_kind(r, "cpu", "cpu.pb.gz");
	char *text;

	(void)state;
	cpu->ok = true;
	cpu->profile = model_cpu();
	text = summary(r, 80, false);
	assert_non_null(strstr(text, "0 samples"));
	free(text);
	recording_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),	      cmocka_unit_test(test_overhead),
		cmocka_unit_test(test_json),	      cmocka_unit_test(test_summary),
		cmocka_unit_test(test_summary_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
