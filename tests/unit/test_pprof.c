// SPDX-License-Identifier: GPL-2.0-or-later
/* pprof files: written and read back, as other tools write them, cut short, and made to harm. */
#include "model.h"

#include <errno.h>
#include <unistd.h>

#include "model/frame.h"
#include "out/gzip.h"
#include "out/pprof.h"
#include "pprof.pb-c.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct profile *sample_profile(void)
{
	struct profile *p = model_cpu();

	p->time_ns = 1700000000000000000;
	p->duration_ns = 10000000000;
	p->period = 10101010;
	p->period_type = p->types[1];
	profile_add_comment(p, "cpu: nothing lost");
	model_add(p, "app!in<out;app!main", "pid=7,comm=app", 3, 30);
	model_add(p, "k!schedule;app!+1234;app!main", "comm=app,pid=7,container=shop", 1, 10);
	model_add(p, "", "", 1, -1);
	p->labels.at[0].unit = profile_string(p, "things");
	p->mappings.at[0].start = 0x1000;
	p->mappings.at[0].limit = UINT64_MAX;
	p->mappings.at[0].build_id = profile_string(p, "abcdef");
	return p;
}

static char *written(const struct profile *p, size_t *ret_n)
{
	struct model_output o;

	model_output_open(&o);
	assert_int_equal(pprof_write(p, o.stream), 0);
	model_output_close(&o);
	*ret_n = o.n;
	return o.text;
}

static void test_round_trip(void **state)
{
	struct profile *p = sample_profile(), *q;
	struct buf why = {0};
	size_t n, again;
	char *bytes = written(p, &n), *bytes_again = written(p, &again);

	(void)state;
	assert_int_equal(n, again);
	assert_memory_equal(bytes, bytes_again, n);
	free(bytes_again);
	assert_int_equal(pprof_decode(bytes, n, &q, &why), 0);
	assert_int_equal(q->n_types, 2);
	assert_int_equal(q->default_type, 1);
	assert_int_equal(q->period, p->period);
	assert_string_equal(profile_str(q, q->period_type.type), "cpu");
	assert_int_equal(q->time_ns, p->time_ns);
	assert_int_equal(q->samples.n, 3);
	assert_int_equal(q->comments.n, 1);
	assert_true(q->mappings.at[0].limit == UINT64_MAX);
	assert_string_equal(profile_str(q, q->mappings.at[0].build_id), "abcdef");
	assert_int_equal(q->locations.n, p->locations.n);
	assert_int_equal(profile_total(q, 1), 39);
	/* What was read writes the same bytes again. */
	bytes_again = written(q, &again);
	assert_int_equal(n, again);
	assert_memory_equal(bytes, bytes_again, n);
	free(bytes_again);
	free(bytes);
	profile_free(p);
	profile_free(q);
}

static void test_empty_profile(void **state)
{
	struct profile *p = model_cpu(), *q;
	struct buf why = {0};
	size_t n;
	char *bytes = written(p, &n);

	(void)state;
	assert_int_equal(pprof_decode(bytes, n, &q, &why), 0);
	assert_int_equal(q->samples.n, 0);
	assert_int_equal(q->n_types, 2);
	free(bytes);
	profile_free(p);
	profile_free(q);
}

/* --- messages as others make them --- */

static Perftools__Profiles__ValueType type = PERFTOOLS__PROFILES__VALUE_TYPE__INIT;
static Perftools__Profiles__Mapping mapping = PERFTOOLS__PROFILES__MAPPING__INIT;
static Perftools__Profiles__Function function = PERFTOOLS__PROFILES__FUNCTION__INIT;
static Perftools__Profiles__Line line = PERFTOOLS__PROFILES__LINE__INIT;
static Perftools__Profiles__Location location = PERFTOOLS__PROFILES__LOCATION__INIT;
static Perftools__Profiles__Label label = PERFTOOLS__PROFILES__LABEL__INIT;
static Perftools__Profiles__Sample sample = PERFTOOLS__PROFILES__SAMPLE__INIT;

/* A small valid message; ids are large and unordered. Tests break one thing each. */
static void make_message(Perftools__Profiles__Profile *m)
{
	static char *strings[] = {(char *)"",  (char *)"cpu",	 (char *)"nanoseconds",
				  (char *)"f", (char *)"/bin/x", (char *)"bytes"};
	static Perftools__Profiles__ValueType *types[] = {&type};
	static Perftools__Profiles__Mapping *mappings[] = {&mapping};
	static Perftools__Profiles__Function *functions[] = {&function};
	static Perftools__Profiles__Line *lines[] = {&line};
	static Perftools__Profiles__Location *locations[] = {&location};
	static Perftools__Profiles__Label *labels[] = {&label};
	static Perftools__Profiles__Sample *samples[] = {&sample};
	static uint64_t ids[] = {0xffffffffffffff01, 0xffffffffffffff01};
	static int64_t values[] = {5};

	*m = (Perftools__Profiles__Profile)PERFTOOLS__PROFILES__PROFILE__INIT;
	type.type = 1;
	type.unit = 2;
	mapping.id = 77;
	mapping.filename = 4;
	function.id = 1000000;
	function.name = 3;
	line.function_id = 1000000;
	line.line = 12;
	location.id = ids[0];
	location.mapping_id = 77;
	location.is_folded = true;
	location.line = lines;
	location.n_line = 1;
	label.key = 5;
	label.str = 0;
	label.num = 4096;
	label.num_unit = 5;
	sample.location_id = ids;
	sample.n_location_id = 2;
	sample.value = values;
	sample.n_value = 1;
	sample.label = labels;
	sample.n_label = 1;
	m->string_table = strings;
	m->n_string_table = COUNT(strings);
	m->sample_type = types;
	m->n_sample_type = 1;
	m->mapping = mappings;
	m->n_mapping = 1;
	m->function = functions;
	m->n_function = 1;
	m->location = locations;
	m->n_location = 1;
	m->sample = samples;
	m->n_sample = 1;
	m->drop_frames = 3;
	m->default_sample_type = 1;
}

static int decode_message(const Perftools__Profiles__Profile *m, struct profile **ret,
			  struct buf *why)
{
	size_t n = perftools__profiles__profile__get_packed_size(m);
	uint8_t *bytes = malloc(n ? n : 1);
	int err;

	perftools__profiles__profile__pack(m, bytes);
	err = pprof_decode(bytes, n, ret, why);
	free(bytes);
	return err;
}

static void test_foreign_ids(void **state)
{
	struct buf why = {0};
	struct profile *p;
	Perftools__Profiles__Profile m;

	(void)state;
	make_message(&m);
	assert_int_equal(decode_message(&m, &p, &why), 0);
	assert_int_equal(p->samples.n, 1);
	assert_int_equal(p->stacks.at[p->samples.at[0].stack].n, 2);
	assert_string_equal(frame_function(p, 0, 0), "f");
	assert_string_equal(frame_module(p, 0), "x");
	assert_int_equal(p->labels.at[0].num, 4096);
	assert_string_equal(profile_str(p, p->labels.at[0].unit), "bytes");
	profile_free(p);
	/* A line that names no function is no line; a missing default is the last type. */
	make_message(&m);
	line.function_id = 0;
	m.default_sample_type = 3;
	assert_int_equal(decode_message(&m, &p, &why), 0);
	assert_string_equal(frame_function(p, 0, 0), "");
	assert_int_equal(p->default_type, 0);
	profile_free(p);
}

static void refused(const Perftools__Profiles__Profile *m, const char *reason)
{
	struct profile *p = NULL;
	struct buf why = {0};

	assert_int_equal(decode_message(m, &p, &why), -EBADMSG);
	assert_null(p);
	if (!strstr(buf_str(&why), reason))
		fail_msg("'%s' does not say '%s'", buf_str(&why), reason);
	buf_done(&why);
}

/* Every index of the file, pointed past the end and below the start. */
static void test_bad_indexes(void **state)
{
	int64_t *texts[] = {&type.type,		&type.unit,	&mapping.filename,
			    &mapping.build_id,	&function.name, &function.system_name,
			    &function.filename, &label.key,	&label.str,
			    &label.num_unit};
	static const int64_t bad[] = {6, -1, INT64_MAX, INT64_MIN};
	Perftools__Profiles__Profile m;

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		for (size_t j = 0; j < COUNT(bad); j++) {
			int64_t before;

			make_message(&m);
			before = *texts[i];
			*texts[i] = bad[j];
			refused(&m, "no text number");
			*texts[i] = before;
		}
	}
	make_message(&m);
	m.default_sample_type = 99;
	refused(&m, "no text number");
	make_message(&m);
	m.comment = (int64_t[]){99};
	m.n_comment = 1;
	refused(&m, "no text number");
}

static void test_bad_ids(void **state)
{
	static uint64_t stray[] = {1};
	Perftools__Profiles__Profile m;

	(void)state;
	make_message(&m);
	location.mapping_id = 78;
	refused(&m, "no mapping with id 78");
	make_message(&m);
	line.function_id = 1;
	refused(&m, "no function with id 1");
	make_message(&m);
	sample.location_id = stray;
	sample.n_location_id = 1;
	refused(&m, "no location with id 1");
	stray[0] = 0;
	refused(&m, "no location with id 0");
	make_message(&m);
	location.id = 0;
	refused(&m, "location id 0 is not allowed");
	make_message(&m);
	m.function = (Perftools__Profiles__Function *[]){&function, &function};
	m.n_function = 2;
	refused(&m, "is there twice");
}

static void test_bad_shape(void **state)
{
	Perftools__Profiles__ValueType *many[PROFILE_MAX_VALUES + 1];
	Perftools__Profiles__Profile m;

	(void)state;
	make_message(&m);
	sample.n_value = 0;
	refused(&m, "values");
	make_message(&m);
	m.n_sample_type = 0;
	refused(&m, "no sample type");
	make_message(&m);
	for (size_t i = 0; i < COUNT(many); i++)
		many[i] = &type;
	m.sample_type = many;
	m.n_sample_type = COUNT(many);
	refused(&m, "at most 8");
	make_message(&m);
	m.string_table++;
	m.n_string_table--;
	refused(&m, "first text");
}

/* --- bytes --- */

static void refused_bytes(const void *bytes, size_t n, const char *reason)
{
	struct profile *p = NULL;
	struct buf why = {0};

	assert_int_equal(pprof_decode(bytes, n, &p, &why), -EBADMSG);
	assert_null(p);
	if (!strstr(buf_str(&why), reason))
		fail_msg("'%s' does not say '%s'", buf_str(&why), reason);
	buf_done(&why);
}

static void test_foreign(void **state)
{
	(void)state;
	refused_bytes("", 0, "empty");
	refused_bytes("{\"schema\":1}", 12, "JSON");
	refused_bytes("\177ELF\2\1\1", 7, "ELF");
	refused_bytes("PERFILE2xxxxxxx", 15, "perf.data");
	refused_bytes("this is no profile", 18, "not a pprof file");
	refused_bytes("\x1f\x8b", 2, "truncated");
	refused_bytes("\x1f\x8b\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12, "damaged");
}

/* Compressed, a file that was cut anywhere is seen to be cut. */
static void test_truncated_packed(void **state)
{
	struct profile *p = sample_profile();
	size_t n;
	char *bytes = written(p, &n);

	(void)state;
	for (size_t cut = 0; cut < n; cut++) {
		char *exact = malloc(cut ? cut : 1); /* so that reading past it is seen */

		memcpy(exact, bytes, cut);
		refused_bytes(exact, cut, "");
		free(exact);
	}
	free(bytes);
	profile_free(p);
}

static void try_bytes(const char *bytes, size_t n)
{
	char *exact = malloc(n ? n : 1);
	struct profile *p = NULL;
	struct buf why = {0};
	int err;

	memcpy(exact, bytes, n);
	err = pprof_decode(exact, n, &p, &why);
	assert_true(err == 0 || err == -EBADMSG);
	assert_true(err ? !p && why.len : p && !why.len);
	profile_free(p);
	buf_done(&why);
	free(exact);
}

static void unpacked(const struct profile *p, struct buf *out)
{
	size_t n;
	char *bytes = written(p, &n);

	assert_int_equal(gzip_unpack(bytes, n, PPROF_MAX_FILE, out), 0);
	free(bytes);
}

/* Without compression a cut may fall between two fields: then it is a profile, or an error. */
static void test_truncated_plain(void **state)
{
	struct profile *p = sample_profile();
	struct buf plain = {0};

	(void)state;
	unpacked(p, &plain);
	for (size_t cut = 0; cut <= plain.len; cut++)
		try_bytes(plain.data, cut);
	buf_done(&plain);
	profile_free(p);
}

static void test_flipped(void **state)
{
	static const unsigned char flips[] = {0x01, 0x07, 0x80, 0xff};
	struct profile *p = sample_profile();
	struct buf plain = {0};

	(void)state;
	unpacked(p, &plain);
	for (size_t i = 0; i < plain.len; i++) {
		for (size_t j = 0; j < sizeof(flips); j++) {
			plain.data[i] = (char)(plain.data[i] ^ flips[j]);
			try_bytes(plain.data, plain.len);
			plain.data[i] = (char)(plain.data[i] ^ flips[j]);
		}
	}
	buf_done(&plain);
	profile_free(p);
}

/* Two bytes of input ask for a hundred of memory: that ends at the limit, not at the host's. */
static void test_memory_limit(void **state)
{
	size_t n = PPROF_MAX_FILE / 4;
	char *bytes = malloc(n);
	struct profile *p = NULL;
	struct buf why = {0};

	(void)state;
	for (size_t i = 0; i + 1 < n; i += 2) {
		bytes[i] = 0x12; /* sample, empty */
		bytes[i + 1] = 0;
	}
	assert_int_equal(pprof_decode(bytes, n, &p, &why), -EFBIG);
	assert_non_null(strstr(buf_str(&why), "MiB"));
	buf_done(&why);
	free(bytes);
}

static void test_gzip(void **state)
{
	struct buf packed = {0}, plain = {0}, two = {0};
	char *bytes = calloc(1, 1 << 20);

	(void)state;
	for (uint32_t i = 0; i < 1 << 18; i++) /* three quarters stay zero */
		bytes[i * 4] = (char)(i * i >> 9);
	assert_int_equal(gzip_pack(bytes, 1 << 20, &packed), 0);
	assert_true(gzip_is(packed.data, packed.len));
	assert_int_equal(gzip_unpack(packed.data, packed.len, (1 << 20) - 1, &plain), -EFBIG);
	buf_clear(&plain);
	assert_int_equal(gzip_unpack(packed.data, packed.len, 1 << 20, &plain), 0);
	assert_int_equal(plain.len, 1 << 20);
	assert_memory_equal(plain.data, bytes, 1 << 20);
	buf_add(&two, packed.data, packed.len); /* one after the other are one file */
	buf_add(&two, packed.data, packed.len);
	buf_clear(&plain);
	assert_int_equal(gzip_unpack(two.data, two.len, 2 << 20, &plain), 0);
	assert_int_equal(plain.len, 2 << 20);
	buf_puts(&two, "rubbish");
	buf_clear(&plain);
	assert_int_equal(gzip_unpack(two.data, two.len, 2 << 20, &plain), -EBADMSG);
	packed.data[packed.len / 2] ^= 0x10;
	buf_clear(&plain);
	assert_int_equal(gzip_unpack(packed.data, packed.len, 1 << 20, &plain), -EBADMSG);
	buf_done(&packed);
	buf_done(&plain);
	buf_done(&two);
	free(bytes);
}

static void test_read_fd(void **state)
{
	struct profile *p = sample_profile(), *q = NULL;
	FILE *file = tmpfile();
	struct buf why = {0};

	(void)state;
	assert_int_equal(pprof_write(p, file), 0);
	assert_int_equal(fflush(file), 0);
	assert_int_equal(lseek(fileno(file), 0, SEEK_SET), 0);
	assert_int_equal(pprof_read(fileno(file), &q, &why), 0);
	assert_int_equal(q->samples.n, 3);
	profile_free(q);
	q = NULL;
	assert_int_equal(pprof_read(-1, &q, &why), -EBADF);
	assert_null(q);
	assert_true(why.len > 0);
	buf_done(&why);
	profile_free(p);
	fclose(file);
}

/* Readers of protobuf refuse text that is not UTF-8: it is repaired on the way out. */
static void test_bad_utf8(void **state)
{
	struct profile *p = model_cpu(), *q;
	struct buf why = {0};
	size_t n;
	char *bytes;

	(void)state;
	model_add(p, "app!f\xff", "comm=\xc3", 1, 1);
	bytes = written(p, &n);
	assert_int_equal(pprof_decode(bytes, n, &q, &why), 0);
	assert_string_equal(frame_function(q, 0, 0), "f\xef\xbf\xbd");
	free(bytes);
	profile_free(p);
	profile_free(q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),	cmocka_unit_test(test_empty_profile),
		cmocka_unit_test(test_foreign_ids),	cmocka_unit_test(test_bad_indexes),
		cmocka_unit_test(test_bad_ids),		cmocka_unit_test(test_bad_shape),
		cmocka_unit_test(test_foreign),		cmocka_unit_test(test_truncated_packed),
		cmocka_unit_test(test_truncated_plain), cmocka_unit_test(test_flipped),
		cmocka_unit_test(test_memory_limit),	cmocka_unit_test(test_gzip),
		cmocka_unit_test(test_read_fd),		cmocka_unit_test(test_bad_utf8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
