// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/merge.h"

#include <errno.h>
#include <string.h>

/* The indexes of one source in `into`, each filled when first needed. */
struct copy {
	struct merge *m;
	struct profile *into;
	const struct profile *from;
	uint32_t *mappings, *functions, *locations, *stacks, *label_sets;
	VEC(struct profile_line) lines;
	VEC(struct profile_label) labels;
	VEC(uint32_t) frames;
};

static uint32_t *none_array(size_t n)
{
	uint32_t *a = mem_array(n, sizeof(*a));

	if (n)
		memset(a, 0xff, n * sizeof(*a)); /* PROFILE_NONE */
	return a;
}

static uint32_t copy_string(struct copy *c, uint32_t id)
{
	return profile_string(c->into, profile_str(c->from, id));
}

static uint32_t copy_mapping(struct copy *c, uint32_t id)
{
	struct profile_mapping m;

	if (id == PROFILE_NONE)
		return id;
	if (c->mappings[id] == PROFILE_NONE) {
		m = c->from->mappings.at[id];
		m.file = copy_string(c, m.file);
		m.build_id = copy_string(c, m.build_id);
		c->mappings[id] = profile_add_mapping(c->into, &m);
	}
	return c->mappings[id];
}

static uint32_t copy_function(struct copy *c, uint32_t id)
{
	struct profile_function f;

	if (c->functions[id] == PROFILE_NONE) {
		f = c->from->functions.at[id];
		f.name = copy_string(c, f.name);
		f.system_name = copy_string(c, f.system_name);
		f.file = copy_string(c, f.file);
		c->functions[id] = profile_add_function(c->into, &f);
	}
	return c->functions[id];
}

struct location_content {
	uint32_t mapping, n_lines;
	uint64_t address;
	const struct profile_line *lines;
};

static bool same_content(const void *owner, uint32_t id, const void *key)
{
	const struct profile *p = owner;
	const struct location_content *b = key;
	const struct profile_location *a = &p->locations.at[id];

	if (a->mapping != b->mapping || a->address != b->address || a->n_lines != b->n_lines)
		return false;
	for (uint32_t i = 0; i < a->n_lines; i++) {
		const struct profile_line *line = &p->lines.at[a->first_line + i];

		if (line->function != b->lines[i].function || line->line != b->lines[i].line)
			return false;
	}
	return true;
}

static uint32_t add_location(struct copy *c, const struct location_content *want)
{
	uint64_t hash = hash_index_words(&c->m->by_location, want->mapping, want->address);
	uint32_t id;

	for (uint32_t i = 0; i < want->n_lines; i++)
		hash = hash_index_words(&c->m->by_location, hash, want->lines[i].function,
					(uint64_t)want->lines[i].line);
	id = hash_index_find(&c->m->by_location, hash, same_content, c->into, want);
	if (id == HASH_NONE) {
		id = profile_new_location(c->into, want->mapping, want->address);
		if (want->n_lines)
			profile_set_lines(c->into, id, want->lines, want->n_lines);
		hash_index_add(&c->m->by_location, hash, id);
	}
	return id;
}

static uint32_t copy_location(struct copy *c, uint32_t id)
{
	const struct profile_location *from = &c->from->locations.at[id];
	struct location_content want;

	if (c->locations[id] != PROFILE_NONE)
		return c->locations[id];
	c->lines.n = 0;
	for (uint32_t i = 0; i < from->n_lines; i++) {
		struct profile_line line = c->from->lines.at[from->first_line + i];

		line.function = copy_function(c, line.function);
		vec_push(&c->lines, line);
	}
	want.mapping = copy_mapping(c, from->mapping);
	want.address = from->address;
	want.lines = c->lines.at;
	want.n_lines = from->n_lines;
	c->locations[id] = add_location(c, &want);
	return c->locations[id];
}

static uint32_t copy_stack(struct copy *c, uint32_t id)
{
	const struct profile_span *span = &c->from->stacks.at[id];

	if (c->stacks[id] != PROFILE_NONE)
		return c->stacks[id];
	c->frames.n = 0;
	for (uint32_t i = 0; i < span->n; i++)
		vec_push(&c->frames, copy_location(c, c->from->frames.at[span->first + i]));
	c->stacks[id] = profile_add_stack(c->into, c->frames.at, span->n);
	return c->stacks[id];
}

static uint32_t copy_labels(struct copy *c, uint32_t id)
{
	const struct profile_span *span = &c->from->label_sets.at[id];

	if (c->label_sets[id] != PROFILE_NONE)
		return c->label_sets[id];
	c->labels.n = 0;
	for (uint32_t i = 0; i < span->n; i++) {
		struct profile_label l = c->from->labels.at[span->first + i];

		l.key = copy_string(c, l.key);
		l.str = copy_string(c, l.str);
		l.unit = copy_string(c, l.unit);
		vec_push(&c->labels, l);
	}
	c->label_sets[id] = profile_add_labels(c->into, c->labels.at, span->n);
	return c->label_sets[id];
}

static bool same_types(const struct profile *a, const struct profile *b)
{
	if (a->n_types != b->n_types)
		return false;
	for (uint32_t i = 0; i < a->n_types; i++)
		if (strcmp(profile_str(a, a->types[i].type), profile_str(b, b->types[i].type)) ||
		    strcmp(profile_str(a, a->types[i].unit), profile_str(b, b->types[i].unit)))
			return false;
	return true;
}

static void copy_types(struct profile *into, const struct profile *from)
{
	for (uint32_t i = 0; i < from->n_types; i++)
		profile_add_type(into, profile_str(from, from->types[i].type),
				 profile_str(from, from->types[i].unit));
	into->default_type = from->default_type;
	into->period = from->period;
	into->period_type.type = profile_string(into, profile_str(from, from->period_type.type));
	into->period_type.unit = profile_string(into, profile_str(from, from->period_type.unit));
}

static void copy_header(struct profile *into, const struct profile *from)
{
	const uint32_t *comment, *have;

	if (!into->time_ns || (from->time_ns && from->time_ns < into->time_ns))
		into->time_ns = from->time_ns;
	into->duration_ns = profile_sum(into->duration_ns, from->duration_ns);
	vec_each(comment, &from->comments) {
		uint32_t id = profile_string(into, profile_str(from, *comment));
		bool seen = false;

		vec_each(have, &into->comments)
			seen |= *have == id;
		if (!seen)
			vec_push(&into->comments, id);
	}
}

void merge_init(struct merge *m, struct profile *into)
{
	*m = (struct merge){.into = into};
}

int merge_add(struct merge *m, const struct profile *from, merge_keep_fn keep, const void *arg)
{
	struct copy c = {.m = m, .into = m->into, .from = from};

	if (!m->into->n_types)
		copy_types(m->into, from);
	else if (!same_types(m->into, from))
		return -EINVAL;
	copy_header(m->into, from);
	c.mappings = none_array(from->mappings.n);
	c.functions = none_array(from->functions.n);
	c.locations = none_array(from->locations.n);
	c.stacks = none_array(from->stacks.n);
	c.label_sets = none_array(from->label_sets.n);
	for (uint32_t i = 0; i < from->samples.n; i++) {
		const struct profile_sample *s = &from->samples.at[i];

		if (!keep || keep(from, i, arg))
			profile_add_sample(m->into, copy_stack(&c, s->stack),
					   copy_labels(&c, s->label_set), s->values);
	}
	free(c.mappings);
	free(c.functions);
	free(c.locations);
	free(c.stacks);
	free(c.label_sets);
	vec_done(&c.lines);
	vec_done(&c.labels);
	vec_done(&c.frames);
	return 0;
}

void merge_done(struct merge *m)
{
	hash_index_done(&m->by_location);
}
