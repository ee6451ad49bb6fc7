// SPDX-License-Identifier: GPL-2.0-or-later
#include "out/pprof.h"

#include <errno.h>
#include <string.h>

#include "model/profile.h"
#include "out/gzip.h"
#include "out/label.h"
#include "pprof.pb-c.h"

/*
 * The message with everything it points to: one array of each kind of part and one of pointers to
 * them, since that is how protobuf-c wants repeated fields. Values and texts stay in the model.
 */
struct message {
	Perftools__Profiles__Profile top;
	Perftools__Profiles__ValueType *types, period;
	Perftools__Profiles__Sample *samples;
	Perftools__Profiles__Label *labels;
	Perftools__Profiles__Mapping *mappings;
	Perftools__Profiles__Location *locations;
	Perftools__Profiles__Line *lines;
	Perftools__Profiles__Function *functions;
	Perftools__Profiles__Label **label_at;
	Perftools__Profiles__Line **line_at;
	uint64_t *frames; /* of the model's, as ids */
	int64_t *comments;
	struct buf *repaired; /* by string: empty, or the text with its bad bytes replaced */
	uint32_t n_strings;
};

#define POINTERS(n, parts) pointers((n), (parts), sizeof(*(parts)))

static void *pointers(size_t n, void *parts, size_t size)
{
	void **at = mem_array(n, sizeof(*at));

	for (size_t i = 0; i < n; i++)
		at[i] = (char *)parts + i * size;
	return at;
}

static void put_strings(struct message *m, const struct profile *p)
{
	uint32_t n = m->n_strings = intern_count(&p->strings);

	m->top.n_string_table = n;
	m->top.string_table = mem_array(n, sizeof(char *));
	m->repaired = mem_array(n, sizeof(*m->repaired));
	for (uint32_t i = 0; i < n; i++) {
		const char *s = profile_str(p, i);

		label_utf8(&m->repaired[i], s);
		if (!strcmp(buf_str(&m->repaired[i]), s))
			buf_done(&m->repaired[i]);
		else
			s = buf_str(&m->repaired[i]);
		m->top.string_table[i] = (char *)(uintptr_t)s; /* only read */
	}
}

static void put_header(struct message *m, const struct profile *p)
{
	m->types = mem_array(p->n_types, sizeof(*m->types));
	for (uint32_t i = 0; i < p->n_types; i++) {
		perftools__profiles__value_type__init(&m->types[i]);
		m->types[i].type = p->types[i].type;
		m->types[i].unit = p->types[i].unit;
	}
	m->top.n_sample_type = p->n_types;
	m->top.sample_type = POINTERS(p->n_types, m->types);
	perftools__profiles__value_type__init(&m->period);
	m->period.type = p->period_type.type;
	m->period.unit = p->period_type.unit;
	m->top.period_type = p->period_type.type ? &m->period : NULL;
	m->top.period = p->period;
	m->top.time_nanos = p->time_ns;
	m->top.duration_nanos = p->duration_ns;
	if (p->default_type < p->n_types)
		m->top.default_sample_type = p->types[p->default_type].type;
	m->comments = mem_array(p->comments.n, sizeof(*m->comments));
	for (size_t i = 0; i < p->comments.n; i++)
		m->comments[i] = p->comments.at[i];
	m->top.n_comment = p->comments.n;
	m->top.comment = m->comments;
}

static void put_mappings(struct message *m, const struct profile *p)
{
	m->mappings = mem_array(p->mappings.n, sizeof(*m->mappings));
	for (size_t i = 0; i < p->mappings.n; i++) {
		const struct profile_mapping *from = &p->mappings.at[i];
		Perftools__Profiles__Mapping *to = &m->mappings[i];

		perftools__profiles__mapping__init(to);
		to->id = i + 1;
		to->memory_start = from->start;
		to->memory_limit = from->limit;
		to->file_offset = from->offset;
		to->filename = from->file;
		to->build_id = from->build_id;
		to->has_functions = from->has_functions;
		to->has_filenames = from->has_filenames;
		to->has_line_numbers = from->has_lines;
		to->has_inline_frames = from->has_inlines;
	}
	m->top.n_mapping = p->mappings.n;
	m->top.mapping = POINTERS(p->mappings.n, m->mappings);
}

static void put_functions(struct message *m, const struct profile *p)
{
	m->functions = mem_array(p->functions.n, sizeof(*m->functions));
	for (size_t i = 0; i < p->functions.n; i++) {
		const struct profile_function *from = &p->functions.at[i];
		Perftools__Profiles__Function *to = &m->functions[i];

		perftools__profiles__function__init(to);
		to->id = i + 1;
		to->name = from->name;
		to->system_name = from->system_name;
		to->filename = from->file;
		to->start_line = from->start_line;
	}
	m->top.n_function = p->functions.n;
	m->top.function = POINTERS(p->functions.n, m->functions);
}

static void put_locations(struct message *m, const struct profile *p)
{
	m->lines = mem_array(p->lines.n, sizeof(*m->lines));
	for (size_t i = 0; i < p->lines.n; i++) {
		perftools__profiles__line__init(&m->lines[i]);
		m->lines[i].function_id = p->lines.at[i].function + 1ull;
		m->lines[i].line = p->lines.at[i].line;
	}
	m->line_at = POINTERS(p->lines.n, m->lines);
	m->locations = mem_array(p->locations.n, sizeof(*m->locations));
	for (size_t i = 0; i < p->locations.n; i++) {
		const struct profile_location *from = &p->locations.at[i];
		Perftools__Profiles__Location *to = &m->locations[i];

		perftools__profiles__location__init(to);
		to->id = i + 1;
		to->mapping_id = from->mapping == PROFILE_NONE ? 0 : from->mapping + 1ull;
		to->address = from->address;
		to->n_line = from->n_lines;
		to->line = m->line_at + from->first_line;
	}
	m->top.n_location = p->locations.n;
	m->top.location = POINTERS(p->locations.n, m->locations);
}

static void put_samples(struct message *m, const struct profile *p)
{
	m->frames = mem_array(p->frames.n, sizeof(*m->frames));
	for (size_t i = 0; i < p->frames.n; i++)
		m->frames[i] = p->frames.at[i] + 1ull;
	m->labels = mem_array(p->labels.n, sizeof(*m->labels));
	for (size_t i = 0; i < p->labels.n; i++) {
		perftools__profiles__label__init(&m->labels[i]);
		m->labels[i].key = p->labels.at[i].key;
		m->labels[i].str = p->labels.at[i].str;
		m->labels[i].num = p->labels.at[i].num;
		m->labels[i].num_unit = p->labels.at[i].unit;
	}
	m->label_at = POINTERS(p->labels.n, m->labels);
	m->samples = mem_array(p->samples.n, sizeof(*m->samples));
	for (size_t i = 0; i < p->samples.n; i++) {
		struct profile_sample *from = &p->samples.at[i]; /* only read */
		Perftools__Profiles__Sample *to = &m->samples[i];

		perftools__profiles__sample__init(to);
		to->n_location_id = p->stacks.at[from->stack].n;
		to->location_id = m->frames + p->stacks.at[from->stack].first;
		to->n_value = p->n_types;
		to->value = from->values;
		to->n_label = p->label_sets.at[from->label_set].n;
		to->label = m->label_at + p->label_sets.at[from->label_set].first;
	}
	m->top.n_sample = p->samples.n;
	m->top.sample = POINTERS(p->samples.n, m->samples);
}

static void message_done(struct message *m)
{
	for (uint32_t i = 0; i < m->n_strings; i++)
		buf_done(&m->repaired[i]);
	free(m->repaired);
	free(m->types);
	free(m->samples);
	free(m->labels);
	free(m->mappings);
	free(m->locations);
	free(m->lines);
	free(m->functions);
	free(m->label_at);
	free(m->line_at);
	free(m->frames);
	free(m->comments);
	free(m->top.string_table);
	free(m->top.sample_type);
	free(m->top.sample);
	free(m->top.mapping);
	free(m->top.location);
	free(m->top.function);
}

int pprof_write(const struct profile *p, FILE *to)
{
	struct message m = {.top = PERFTOOLS__PROFILES__PROFILE__INIT};
	struct buf packed = {0};
	unsigned char *bytes;
	size_t n;
	int err;

	put_strings(&m, p);
	put_header(&m, p);
	put_mappings(&m, p);
	put_functions(&m, p);
	put_locations(&m, p);
	put_samples(&m, p);
	n = perftools__profiles__profile__get_packed_size(&m.top);
	bytes = mem_alloc(n);
	perftools__profiles__profile__pack(&m.top, bytes);
	message_done(&m);
	err = gzip_pack(bytes, n, &packed);
	free(bytes);
	if (!err && fwrite(packed.data, 1, packed.len, to) != packed.len)
		err = errno ? -errno : -EIO;
	buf_done(&packed);
	return err;
}
