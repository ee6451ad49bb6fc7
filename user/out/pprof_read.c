// SPDX-License-Identifier: GPL-2.0-or-later
#include "out/pprof.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "model/profile.h"
#include "out/arena.h"
#include "out/gzip.h"
#include "pprof.pb-c.h"

#define READ_CHUNK (256u << 10)

/* The ids of one table of the file, which may be any numbers, and where each is in the table. */
struct ids {
	const char *what; /* "location" */
	struct id {
		uint64_t id;
		uint32_t index;
	} * at;
	size_t n;
};

struct reader {
	const Perftools__Profiles__Profile *from;
	struct profile *p;
	struct buf *why;
	uint32_t *strings; /* of the file -> of the model */
	struct ids mappings, functions, locations;
};

static int bad(struct reader *r, const char *what, int64_t n)
{
	buf_printf(r->why, "damaged pprof file: %s %" PRId64, what, n);
	return -EBADMSG;
}

static int get_string(struct reader *r, int64_t index, uint32_t *ret_string)
{
	if (index < 0 || (uint64_t)index >= r->from->n_string_table)
		return bad(r, "no text number", index);
	*ret_string = r->strings[index];
	return 0;
}

static int compare_ids(const void *left, const void *right)
{
	const struct id *a = left, *b = right;

	return a->id < b->id ? -1 : a->id > b->id;
}

/* Sorts the table for ids_find(). -EBADMSG: an id of 0, or one twice. */
static int ids_ready(struct reader *r, struct ids *ids)
{
	bool sorted = true;

	for (size_t i = 1; i < ids->n; i++)
		sorted &= ids->at[i - 1].id < ids->at[i].id;
	if (!sorted)
		qsort(ids->at, ids->n, sizeof(*ids->at), compare_ids);
	for (size_t i = 0; i < ids->n; i++) {
		if (ids->at[i].id && (!i || ids->at[i].id != ids->at[i - 1].id))
			continue;
		buf_printf(r->why, "damaged pprof file: %s id %" PRIu64 " %s", ids->what,
			   ids->at[i].id, ids->at[i].id ? "is there twice" : "is not allowed");
		return -EBADMSG;
	}
	return 0;
}

static int ids_find(struct reader *r, const struct ids *ids, uint64_t id, uint32_t *ret_index)
{
	struct id key = {.id = id};
	const struct id *found;

	if (id && id <= ids->n && ids->at[id - 1].id == id) { /* as nearly all writers number */
		*ret_index = ids->at[id - 1].index;
		return 0;
	}
	found = ids->n ? bsearch(&key, ids->at, ids->n, sizeof(key), compare_ids) : NULL;
	if (!found) {
		buf_printf(r->why, "damaged pprof file: there is no %s with id %" PRIu64, ids->what,
			   id);
		return -EBADMSG;
	}
	*ret_index = found->index;
	return 0;
}

static void ids_init(struct ids *ids, const char *what, size_t n)
{
	ids->what = what;
	ids->n = n;
	ids->at = mem_array(n, sizeof(*ids->at));
}

static int read_strings(struct reader *r)
{
	const Perftools__Profiles__Profile *from = r->from;

	if (from->n_string_table && *from->string_table[0]) {
		buf_puts(r->why, "not a pprof file: its first text is not empty");
		return -EBADMSG;
	}
	r->strings = mem_array(from->n_string_table, sizeof(*r->strings));
	for (size_t i = 0; i < from->n_string_table; i++)
		r->strings[i] = profile_string(r->p, from->string_table[i]);
	return 0;
}

static int read_value_type(struct reader *r, const Perftools__Profiles__ValueType *from,
			   struct profile_value_type *ret_type)
{
	struct profile_value_type type = {0};
	int err = get_string(r, from->type, &type.type);

	if (!err)
		err = get_string(r, from->unit, &type.unit);
	if (!err)
		*ret_type = type;
	return err;
}

static int read_types(struct reader *r)
{
	const Perftools__Profiles__Profile *from = r->from;
	struct profile *p = r->p;
	uint32_t wanted = 0;
	int err = 0;

	if (!from->n_sample_type) {
		buf_puts(r->why, "not a pprof file: it names no sample type");
		return -EBADMSG;
	}
	if (from->n_sample_type > PROFILE_MAX_VALUES) {
		buf_printf(r->why, "it has %zu sample types; at most %d can be read",
			   from->n_sample_type, PROFILE_MAX_VALUES);
		return -EBADMSG;
	}
	for (size_t i = 0; i < from->n_sample_type && !err; i++)
		err = read_value_type(r, from->sample_type[i], &p->types[i]);
	if (!err && from->default_sample_type)
		err = get_string(r, from->default_sample_type, &wanted);
	if (err)
		return err;
	p->n_types = (uint32_t)from->n_sample_type;
	p->default_type = p->n_types - 1;
	for (uint32_t i = 0; i < p->n_types && wanted; i++)
		if (p->types[i].type == wanted)
			p->default_type = i;
	return 0;
}

static int read_header(struct reader *r)
{
	const Perftools__Profiles__Profile *from = r->from;
	struct profile *p = r->p;
	int err = read_types(r);

	p->time_ns = from->time_nanos;
	p->duration_ns = from->duration_nanos;
	p->period = from->period;
	if (!err && from->period_type)
		err = read_value_type(r, from->period_type, &p->period_type);
	for (size_t i = 0; i < from->n_comment && !err; i++) {
		uint32_t comment;

		err = get_string(r, from->comment[i], &comment);
		if (!err)
			vec_push(&p->comments, comment);
	}
	return err;
}

static int read_mappings(struct reader *r)
{
	const Perftools__Profiles__Profile *from = r->from;
	int err = 0;

	ids_init(&r->mappings, "mapping", from->n_mapping);
	for (size_t i = 0; i < from->n_mapping && !err; i++) {
		const Perftools__Profiles__Mapping *m = from->mapping[i];
		struct profile_mapping to = {
			.start = m->memory_start,
			.limit = m->memory_limit,
			.offset = m->file_offset,
			.has_functions = m->has_functions,
			.has_filenames = m->has_filenames,
			.has_lines = m->has_line_numbers,
			.has_inlines = m->has_inline_frames,
		};

		err = get_string(r, m->filename, &to.file);
		if (!err)
			err = get_string(r, m->build_id, &to.build_id);
		if (!err)
			r->mappings.at[i] = (struct id){m->id, profile_new_mapping(r->p, &to)};
	}
	return err ? err : ids_ready(r, &r->mappings);
}

static int read_functions(struct reader *r)
{
	const Perftools__Profiles__Profile *from = r->from;
	int err = 0;

	ids_init(&r->functions, "function", from->n_function);
	for (size_t i = 0; i < from->n_function && !err; i++) {
		const Perftools__Profiles__Function *f = from->function[i];
		struct profile_function to = {.start_line = f->start_line};

		err = get_string(r, f->name, &to.name);
		if (!err)
			err = get_string(r, f->system_name, &to.system_name);
		if (!err)
			err = get_string(r, f->filename, &to.file);
		if (!err)
			r->functions.at[i] = (struct id){f->id, profile_add_function(r->p, &to)};
	}
	return err ? err : ids_ready(r, &r->functions);
}

static int read_location(struct reader *r, const Perftools__Profiles__Location *from,
			 uint32_t *ret_location)
{
	uint32_t first = (uint32_t)r->p->lines.n;
	uint32_t mapping = PROFILE_NONE;
	uint32_t location;
	int err = 0;

	if (from->mapping_id)
		err = ids_find(r, &r->mappings, from->mapping_id, &mapping);
	for (size_t i = 0; i < from->n_line && !err; i++) {
		struct profile_line line = {.line = from->line[i]->line};

		if (!from->line[i]->function_id) /* a line that names nothing */
			continue;
		err = ids_find(r, &r->functions, from->line[i]->function_id, &line.function);
		if (!err)
			vec_push(&r->p->lines, line);
	}
	if (err)
		return err;
	location = profile_new_location(r->p, mapping, from->address);
	r->p->locations.at[location].first_line = first;
	r->p->locations.at[location].n_lines = (uint32_t)r->p->lines.n - first;
	*ret_location = location;
	return 0;
}

static int read_locations(struct reader *r)
{
	const Perftools__Profiles__Profile *from = r->from;
	int err = 0;

	ids_init(&r->locations, "location", from->n_location);
	for (size_t i = 0; i < from->n_location && !err; i++) {
		r->locations.at[i].id = from->location[i]->id;
		err = read_location(r, from->location[i], &r->locations.at[i].index);
	}
	return err ? err : ids_ready(r, &r->locations);
}

static int read_label(struct reader *r, const Perftools__Profiles__Label *from,
		      struct profile_label *to)
{
	int err = get_string(r, from->key, &to->key);

	to->num = from->num;
	if (!err)
		err = get_string(r, from->str, &to->str);
	if (!err)
		err = get_string(r, from->num_unit, &to->unit);
	return err;
}

struct scratch {
	VEC(uint32_t) frames;
	VEC(struct profile_label) labels;
};

static int read_sample(struct reader *r, const Perftools__Profiles__Sample *from,
		       struct scratch *scratch)
{
	uint32_t stack, labels;
	int err = 0;

	if (from->n_value != r->p->n_types)
		return bad(r, "a sample's values number", (int64_t)from->n_value);
	scratch->frames.n = scratch->labels.n = 0;
	for (size_t i = 0; i < from->n_location_id && !err; i++) {
		uint32_t location = 0;

		err = ids_find(r, &r->locations, from->location_id[i], &location);
		vec_push(&scratch->frames, location);
	}
	for (size_t i = 0; i < from->n_label && !err; i++) {
		struct profile_label label = {0};

		err = read_label(r, from->label[i], &label);
		vec_push(&scratch->labels, label);
	}
	if (err)
		return err;
	stack = profile_add_stack(r->p, scratch->frames.at, (uint32_t)scratch->frames.n);
	labels = profile_add_labels(r->p, scratch->labels.at, (uint32_t)scratch->labels.n);
	profile_add_sample(r->p, stack, labels, from->value);
	return 0;
}

static int read_samples(struct reader *r)
{
	struct scratch scratch = {0};
	int err = 0;

	for (size_t i = 0; i < r->from->n_sample && !err; i++)
		err = read_sample(r, r->from->sample[i], &scratch);
	vec_done(&scratch.frames);
	vec_done(&scratch.labels);
	return err;
}

static int read_profile(const Perftools__Profiles__Profile *from, struct profile **ret_profile,
			struct buf *why)
{
	struct reader r = {.from = from, .p = profile_new(), .why = why};
	int err = read_strings(&r);

	if (!err)
		err = read_header(&r);
	if (!err)
		err = read_mappings(&r);
	if (!err)
		err = read_functions(&r);
	if (!err)
		err = read_locations(&r);
	if (!err)
		err = read_samples(&r);
	free(r.strings);
	free(r.mappings.at);
	free(r.functions.at);
	free(r.locations.at);
	if (err)
		profile_free(r.p);
	else
		*ret_profile = r.p;
	return err;
}

/* What a file is that is not ours, for the most likely mistakes. */
static const char *guess(const char *data, size_t n)
{
	static const struct {
		const char *start, *what;
	} known[] = {
		{"{", "it looks like JSON"},
		{"[", "it looks like JSON"},
		{"\177ELF", "it is an ELF file"},
		{"PERFILE2", "it is a perf.data file"},
		{"heap profile:", "it is a profile in the old text format"},
		{"--- ", "it is a profile in the old text format"},
		{"<", "it looks like HTML or XML"},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (n >= strlen(known[i].start) &&
		    !memcmp(data, known[i].start, strlen(known[i].start)))
			return known[i].what;
	return "it is something else, or it is damaged or truncated";
}

static int decode_message(const char *data, size_t n, struct profile **ret_profile, struct buf *why)
{
	Perftools__Profiles__Profile *message;
	struct arena arena;
	int err = -EBADMSG;

	arena_init(&arena, PPROF_MAX_MEMORY);
	message = perftools__profiles__profile__unpack(&arena.allocator, n, (const uint8_t *)data);
	if (message) {
		err = read_profile(message, ret_profile, why);
	} else if (arena_full(&arena)) {
		buf_printf(why, "decoded, it takes more than %llu MiB", PPROF_MAX_MEMORY >> 20);
		err = -EFBIG;
	} else {
		buf_printf(why, "not a pprof file: %s", guess(data, n));
	}
	arena_done(&arena);
	return err;
}

int pprof_decode(const void *data, size_t n, struct profile **ret_profile, struct buf *why)
{
	struct buf plain = {0};
	int err;

	if (!n) {
		buf_puts(why, "the file is empty");
		return -EBADMSG;
	}
	if (!gzip_is(data, n))
		return decode_message(data, n, ret_profile, why);
	err = gzip_unpack(data, n, PPROF_MAX_FILE, &plain);
	if (err == -ENODATA) {
		buf_puts(why, "truncated: the compressed data ends too early");
		err = -EBADMSG;
	} else if (err == -EFBIG) {
		buf_printf(why, "it unpacks to more than %llu MiB", PPROF_MAX_FILE >> 20);
	} else if (err) {
		buf_puts(why, "the compressed data is damaged");
	} else if (!plain.len) {
		buf_puts(why, "the file is empty behind its compression");
		err = -EBADMSG;
	} else {
		err = decode_message(plain.data, plain.len, ret_profile, why);
	}
	buf_done(&plain);
	return err;
}

int pprof_read(int fd, struct profile **ret_profile, struct buf *why)
{
	struct buf data = {0};
	char *chunk = mem_alloc(READ_CHUNK);
	ssize_t n;
	int err = 0;

	do {
		n = read(fd, chunk, READ_CHUNK);
		if (n < 0) {
			err = -errno;
			if (err == -EINTR) {
				err = 0;
				continue;
			}
			buf_printf(why, "%s", strerror(-err));
		} else if (data.len + (size_t)n > PPROF_MAX_FILE) {
			buf_printf(why, "it is larger than %llu MiB", PPROF_MAX_FILE >> 20);
			err = -EFBIG;
		} else {
			buf_add(&data, chunk, (size_t)n);
		}
	} while (n && !err);
	free(chunk);
	if (!err)
		err = pprof_decode(data.data, data.len, ret_profile, why);
	buf_done(&data);
	return err;
}
