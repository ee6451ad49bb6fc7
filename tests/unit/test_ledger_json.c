// SPDX-License-Identifier: GPL-2.0-or-later
/* ledger.json: what is written is read again as it was; what is damaged is refused. */
#include "model.h"

#include <errno.h>
#include <jansson.h>
#include <sys/mman.h>
#include <unistd.h>

#include "model/ledger.h"
#include "out/ledger_json.h"

static const struct ledger_reason reasons[] = {
	{"lock", "a lock", false}, {"poll", "a poll", true}, {"other", "the rest", false}};

static struct ledger *sample(void)
{
	struct ledger *l = ledger_new(reasons, 3);
	struct ledger_entry e = {.comm = "sh\"\\\n\x1b[2J\xff</script>", .thread = "worker 1"};

	l->duration = 10000000000;
	l->steal = 77;
	for (uint32_t i = 0; i < 6; i++) {
		e.pid = 1 + i / 2;
		e.tid = 1 + i;
		e.process_start = e.thread_start = 500 + i / 2;
		e.heals = i;
		e.kernel = i < 2;
		e.before = i & 1;
		e.ended = i == 5;
		e.container = i < 4 ? ledger_container(l, UINT32_MAX + 7ull, "shop") : LEDGER_NONE;
		e.times = (struct ledger_times){.wall = 1000,
						.on_cpu = 100 + i,
						.runq = 10,
						.blocked = {200, 600 - i, 85},
						.waits = {1, 0, i},
						.residual = 5,
						.switches = i};
		ledger_add(l, &e);
	}
	l->containers.at[0].throttled = 5;
	l->containers.at[0].throttles = 2;
	l->containers.at[0].memory_limit = 1 << 20;
	l->containers.at[0].memory_after = 4096;
	return l;
}

static char *written(const struct ledger *l)
{
	struct model_output o;

	model_output_open(&o);
	assert_int_equal(ledger_json_write(l, o.stream), 0);
	return model_output_close(&o);
}

static int read_text(const char *text, size_t n, struct ledger **ret)
{
	int fd = memfd_create("ledger", MFD_CLOEXEC), err;
	struct buf why = {0};

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, n), (ssize_t)n);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	err = ledger_json_read(fd, reasons, 3, ret, &why);
	assert_true(!err == !why.len);
	buf_done(&why);
	close(fd);
	return err;
}

static int refused(const char *text)
{
	struct ledger *l = NULL;
	int err = read_text(text, strlen(text), &l);

	assert_int_not_equal(err, 0);
	assert_null(l);
	return err;
}

static void test_roundtrip(void **state)
{
	struct ledger *l = sample(), *back = NULL;
	char *first = written(l), *second;

	(void)state;
	assert_int_equal(read_text(first, strlen(first), &back), 0);
	second = written(back);
	assert_string_equal(first, second);
	assert_memory_equal(&l->host, &back->host, sizeof(l->host));
	assert_int_equal(back->threads.n, 6);
	assert_int_equal(back->containers.at[0].throttles, 2);
	assert_int_equal(back->containers.at[0].memory_limit, 1 << 20);
	assert_int_equal(back->containers.at[0].memory_before, 0);
	assert_int_equal(back->containers.at[0].memory_after, 4096);
	assert_int_equal(back->containers.at[0].processes, 2);
	assert_true(back->threads.at[1].kernel && back->threads.at[5].ended);
	ledger_free(l);
	ledger_free(back);
	free(first);
	free(second);
}

static void test_keys(void **state)
{
	static const char *const order[] = {"pid",	  "tid",	 "comm",      "thread",
					    "container",  "wall_ns",	 "on_cpu_ns", "runq_ns",
					    "blocked_ns", "residual_ns", "switches"};
	struct ledger *l = sample();
	char *text = written(l);
	json_t *top = json_loads(text, 0, NULL), *row, *value;
	const char *key;
	size_t i = 0;

	(void)state;
	assert_int_equal(json_integer_value(json_object_get(top, "schema")), 1);
	row = json_array_get(json_object_get(top, "threads"), 0);
	json_object_foreach(row, key, value)
	{
		if (i < sizeof(order) / sizeof(order[0]))
			assert_string_equal(key, order[i]);
		i++;
	}
	assert_int_equal(json_object_size(json_object_get(row, "blocked_ns")), 3);
	assert_int_equal(json_object_size(json_object_get(row, "waits")), 1);
	json_decref(top);
	free(text);
	ledger_free(l);
}

static void test_empty(void **state)
{
	struct ledger *l = ledger_new(reasons, 3), *back = NULL;
	char *text = written(l);

	(void)state;
	assert_int_equal(read_text(text, strlen(text), &back), 0);
	assert_int_equal(back->threads.n, 0);
	free(text);
	ledger_free(l);
	ledger_free(back);
}

static void test_cut_off(void **state)
{
	struct ledger *l = sample(), *back = NULL;
	char *text = written(l);
	size_t n = strlen(text) - 1; /* the newline may be missing */

	(void)state;
	for (size_t i = 0; i < n; i++)
		assert_int_equal(read_text(text, i, &back), -EBADMSG);
	assert_int_equal(read_text(text, n, &back), 0);
	ledger_free(back);
	free(text);
	ledger_free(l);
}

static void test_other_versions(void **state)
{
	static const char later[] =
		"{\"new\":[1,{\"a\":[]}],\"schema\":1,\"x\":\"y\",\"z\":-1.5e3,\"n\":null,"
		"\"threads\":[{\"pid\":3,\"blocked_ns\":{\"gpu\":4,\"lock\":1},\"more\":{}}],"
		"\"processes\":[{\"pid\":3}]}";
	struct ledger *l = NULL;

	(void)state;
	assert_int_equal(read_text(later, strlen(later), &l), 0);
	assert_int_equal(l->threads.at[0].times.blocked[2], 4);
	assert_int_equal(l->threads.at[0].times.blocked[0], 1);
	ledger_free(l);
	refused("{\"schema\":2}");
	refused("{\"schema\":1.0}");
	refused("{}");
}

static void test_hostile(void **state)
{
	char *deep = mem_alloc(200001), *wide = mem_alloc(200101);

	(void)state;
	refused("");
	refused("[]");
	refused("null");
	refused("{\"schema\":1} x");
	refused("{\"schema\":1,}");
	refused("{\"schema\":1,\"threads\":{}}");
	refused("{\"schema\":1,\"threads\":[1]}");
	refused("{\"schema\":1,\"threads\":[{},]}");
	refused("{\"schema\":1,\"threads\":[{\"pid\":1}]}"); /* in no process */
	refused("{\"schema\":1,\"processes\":[{\"wall_ns\":-1}]}");
	refused("{\"schema\":1,\"processes\":[{\"wall_ns\":\"1\"}]}");
	refused("{\"schema\":1,\"processes\":[{\"pid\":4294967295}]}");
	refused("{\"schema\":1,\"processes\":[{\"wall_ns\":99999999999999999999}]}");
	refused("{\"schema\":1,\"processes\":[{\"blocked_ns\":{\"lock\":-2}}]}");
	refused("{\"schema\":1,\"containers\":[{}]}");
	memset(deep, '[', 200000);
	deep[200000] = '\0';
	refused(deep);
	memset(wide, 'x', 200100);
	memcpy(wide, "{\"schema\":1,\"threads\":[{\"comm\":\"", 31);
	wide[200100] = '\0';
	assert_int_equal(refused(wide), -EFBIG);
	free(deep);
	free(wide);
}

static void test_many(void **state)
{
	struct model_output o;
	struct ledger *l = NULL;
	char *text;

	(void)state;
	model_output_open(&o);
	fputs("{\"schema\":1,\"threads\":[{}", o.stream);
	for (uint32_t i = 0; i < 2 * LEDGER_MAX_THREADS; i++)
		fputs(",{}", o.stream);
	fputs("],\"processes\":[{}]}", o.stream);
	text = model_output_close(&o);
	assert_int_equal(read_text(text, strlen(text), &l), -EFBIG);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_roundtrip),      cmocka_unit_test(test_keys),
		cmocka_unit_test(test_empty),	       cmocka_unit_test(test_cut_off),
		cmocka_unit_test(test_other_versions), cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
