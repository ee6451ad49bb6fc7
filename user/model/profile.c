// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/profile.h"

#include <errno.h>
#include <string.h>

struct profile *profile_new(void)
{
	return mem_zalloc(sizeof(struct profile));
}

void profile_free(struct profile *p)
{
	if (!p)
		return;
	intern_done(&p->strings);
	vec_done(&p->comments);
	vec_done(&p->mappings);
	vec_done(&p->functions);
	vec_done(&p->lines);
	vec_done(&p->locations);
	vec_done(&p->frames);
	vec_done(&p->stacks);
	vec_done(&p->labels);
	vec_done(&p->label_sets);
	vec_done(&p->samples);
	hash_index_done(&p->by_mapping);
	hash_index_done(&p->by_function);
	hash_index_done(&p->by_location);
	hash_index_done(&p->by_stack);
	hash_index_done(&p->by_label_set);
	hash_index_done(&p->by_sample);
	free(p);
}

int profile_add_type(struct profile *p, const char *type, const char *unit)
{
	if (p->n_types == PROFILE_MAX_VALUES)
		return -E2BIG;
	p->types[p->n_types].type = profile_string(p, type);
	p->types[p->n_types].unit = profile_string(p, unit);
	p->default_type = p->n_types++;
	return 0;
}

void profile_add_comment(struct profile *p, const char *text)
{
	vec_push(&p->comments, profile_string(p, text));
}

static bool same_mapping(const void *owner, uint32_t id, const void *key)
{
	const struct profile *p = owner;
	const struct profile_mapping *a = &p->mappings.at[id], *b = key;

	return a->start == b->start && a->limit == b->limit && a->offset == b->offset &&
	       a->file == b->file && a->build_id == b->build_id &&
	       a->has_functions == b->has_functions && a->has_filenames == b->has_filenames &&
	       a->has_lines == b->has_lines && a->has_inlines == b->has_inlines;
}

uint32_t profile_new_mapping(struct profile *p, const struct profile_mapping *m)
{
	vec_push(&p->mappings, *m);
	return (uint32_t)p->mappings.n - 1;
}

uint32_t profile_add_mapping(struct profile *p, const struct profile_mapping *m)
{
	uint64_t hash = hash_index_words(&p->by_mapping, m->file, m->build_id, m->start);
	uint32_t id = hash_index_find(&p->by_mapping, hash, same_mapping, p, m);

	if (id == HASH_NONE) {
		id = profile_new_mapping(p, m);
		hash_index_add(&p->by_mapping, hash, id);
	}
	return id;
}

static bool same_function(const void *owner, uint32_t id, const void *key)
{
	const struct profile *p = owner;
	const struct profile_function *a = &p->functions.at[id], *b = key;

	return a->name == b->name && a->system_name == b->system_name && a->file == b->file &&
	       a->start_line == b->start_line;
}

uint32_t profile_add_function(struct profile *p, const struct profile_function *f)
{
	uint64_t hash = hash_index_words(&p->by_function, f->name, f->system_name, f->file);
	uint32_t id = hash_index_find(&p->by_function, hash, same_function, p, f);

	if (id == HASH_NONE) {
		vec_push(&p->functions, *f);
		id = (uint32_t)p->functions.n - 1;
		hash_index_add(&p->by_function, hash, id);
	}
	return id;
}

struct location_key {
	uint32_t mapping;
	uint64_t address;
};

static bool same_location(const void *owner, uint32_t id, const void *key)
{
	const struct profile *p = owner;
	const struct profile_location *a = &p->locations.at[id];
	const struct location_key *b = key;

	return a->mapping == b->mapping && a->address == b->address;
}

uint32_t profile_new_location(struct profile *p, uint32_t mapping, uint64_t address)
{
	struct profile_location location = {.mapping = mapping, .address = address};

	vec_push(&p->locations, location);
	return (uint32_t)p->locations.n - 1;
}

uint32_t profile_add_location(struct profile *p, uint32_t mapping, uint64_t address)
{
	struct location_key key = {mapping, address};
	uint64_t hash = hash_index_words(&p->by_location, mapping, address);
	uint32_t id = hash_index_find(&p->by_location, hash, same_location, p, &key);

	if (id == HASH_NONE) {
		id = profile_new_location(p, mapping, address);
		hash_index_add(&p->by_location, hash, id);
	}
	return id;
}

void profile_set_lines(struct profile *p, uint32_t location, const struct profile_line *lines,
		       uint32_t n)
{
	p->locations.at[location].first_line = (uint32_t)p->lines.n;
	p->locations.at[location].n_lines = n;
	vec_append(&p->lines, lines, n);
}

uint32_t profile_add_name(struct profile *p, uint32_t mapping, uint32_t name)
{
	struct profile_function function = {.name = name, .system_name = name};
	struct profile_line line = {.function = profile_add_function(p, &function)};
	/* Made-up addresses: the mapping has no others. */
	uint32_t location = profile_add_location(p, mapping, line.function + 1ull);

	if (!p->locations.at[location].n_lines)
		profile_set_lines(p, location, &line, 1);
	return location;
}

struct stack_key {
	const uint32_t *locations;
	uint32_t n;
};

static bool same_stack(const void *owner, uint32_t id, const void *key)
{
	const struct profile *p = owner;
	const struct stack_key *b = key;
	const struct profile_span *a = &p->stacks.at[id];

	return a->n == b->n &&
	       (!a->n || !memcmp(p->frames.at + a->first, b->locations, a->n * sizeof(uint32_t)));
}

uint32_t profile_add_stack(struct profile *p, const uint32_t *locations, uint32_t n)
{
	struct stack_key key = {locations, n};
	struct profile_span span = {(uint32_t)p->frames.n, n};
	uint64_t hash = hash_index_bytes(&p->by_stack, locations, n * sizeof(*locations));
	uint32_t id = hash_index_find(&p->by_stack, hash, same_stack, p, &key);

	if (id == HASH_NONE) {
		vec_append(&p->frames, locations, n);
		vec_push(&p->stacks, span);
		id = (uint32_t)p->stacks.n - 1;
		hash_index_add(&p->by_stack, hash, id);
	}
	return id;
}

static int compare_labels(const void *left, const void *right)
{
	const struct profile_label *a = left, *b = right;

	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	if (a->str != b->str)
		return a->str < b->str ? -1 : 1;
	if (a->num != b->num)
		return a->num < b->num ? -1 : 1;
	return a->unit < b->unit ? -1 : a->unit > b->unit;
}

struct labels_key {
	const struct profile_label *labels; /* sorted */
	uint32_t n;
};

static bool same_labels(const void *owner, uint32_t id, const void *key)
{
	const struct profile *p = owner;
	const struct labels_key *b = key;
	const struct profile_span *a = &p->label_sets.at[id];

	if (a->n != b->n)
		return false;
	for (uint32_t i = 0; i < a->n; i++)
		if (compare_labels(&p->labels.at[a->first + i], &b->labels[i]))
			return false;
	return true;
}

uint32_t profile_add_labels(struct profile *p, const struct profile_label *labels, uint32_t n)
{
	struct profile_label *sorted = mem_array(n, sizeof(*sorted));
	struct labels_key key = {sorted, n};
	struct profile_span span = {(uint32_t)p->labels.n, n};
	uint64_t hash = n;
	uint32_t id;

	if (n) {
		memcpy(sorted, labels, n * sizeof(*sorted));
		qsort(sorted, n, sizeof(*sorted), compare_labels);
	}
	for (uint32_t i = 0; i < n; i++) {
		const struct profile_label *l = &sorted[i];

		hash = hash_index_words(&p->by_label_set, hash, l->key, l->str, (uint64_t)l->num,
					l->unit);
	}
	id = hash_index_find(&p->by_label_set, hash, same_labels, p, &key);
	if (id == HASH_NONE) {
		vec_append(&p->labels, sorted, n);
		vec_push(&p->label_sets, span);
		id = (uint32_t)p->label_sets.n - 1;
		hash_index_add(&p->by_label_set, hash, id);
	}
	free(sorted);
	return id;
}

static bool same_sample(const void *owner, uint32_t id, const void *key)
{
	const struct profile *p = owner;
	const struct profile_sample *a = &p->samples.at[id], *b = key;

	return a->stack == b->stack && a->label_set == b->label_set;
}

void profile_add_sample(struct profile *p, uint32_t stack, uint32_t label_set,
			const int64_t *values)
{
	struct profile_sample sample = {.stack = stack, .label_set = label_set};
	uint64_t hash = hash_index_words(&p->by_sample, stack, label_set);
	uint32_t id = hash_index_find(&p->by_sample, hash, same_sample, p, &sample);

	if (id == HASH_NONE) {
		id = (uint32_t)p->samples.n;
		vec_push(&p->samples, sample);
		hash_index_add(&p->by_sample, hash, id);
	}
	for (uint32_t i = 0; i < p->n_types; i++)
		p->samples.at[id].values[i] = profile_sum(p->samples.at[id].values[i], values[i]);
}

const struct profile_label *profile_label(const struct profile *p, uint32_t label_set, uint32_t key)
{
	const struct profile_span *span;

	if (label_set >= p->label_sets.n)
		return NULL;
	span = &p->label_sets.at[label_set];
	for (uint32_t i = 0; i < span->n; i++)
		if (p->labels.at[span->first + i].key == key)
			return &p->labels.at[span->first + i];
	return NULL;
}

int64_t profile_total(const struct profile *p, uint32_t value)
{
	const struct profile_sample *s;
	int64_t total = 0;

	vec_each(s, &p->samples)
		total = profile_sum(total, s->values[value]);
	return total;
}

uint32_t profile_find_type(const struct profile *p, const char *type)
{
	for (uint32_t i = 0; i < p->n_types; i++)
		if (!strcmp(profile_str(p, p->types[i].type), type))
			return i;
	return PROFILE_NONE;
}
