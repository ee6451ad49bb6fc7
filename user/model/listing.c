// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/listing.h"

#include <errno.h>
#include <regex.h>
#include <string.h>

#define NO_ROW UINT32_MAX

/* What one frame of a location adds to. */
struct entry {
	uint32_t function, line, place; /* line: or NO_ROW */
	bool innermost;
};

struct builder {
	const struct profile *p;
	struct listing *l;
	regex_t re;
	unsigned char *matches; /* by string: 0 not tried, else MATCH or MISS */
	uint32_t *mapping;	/* the first one that is the same */
	VEC(struct entry) entries;
	uint32_t *first; /* by location: where its entries are; one more at the end */
	struct hash_index by_function, by_line, by_place, by_mapping;
	/* The last sample, counted from 1, that was added to each. */
	uint32_t *seen_function, *seen_line, *seen_place;
};

enum { MISS = 1, MATCH };

static const struct profile_function *function_at(const struct builder *b, uint32_t location,
						  uint32_t i)
{
	const struct profile_location *l = &b->p->locations.at[location];

	return i < l->n_lines ? &b->p->functions.at[b->p->lines.at[l->first_line + i].function]
			      : NULL;
}

static bool name_matches(struct builder *b, uint32_t location, uint32_t i)
{
	const struct profile_function *f = function_at(b, location, i);
	uint32_t string = !f ? 0 : f->name ? f->name : f->system_name;
	struct buf name = {0};
	bool yes;

	if (string && b->matches[string])
		return b->matches[string] == MATCH;
	frame_name(b->p, location, i, &name);
	yes = !regexec(&b->re, buf_str(&name), 0, NULL, 0);
	buf_done(&name);
	if (string)
		b->matches[string] = yes ? MATCH : MISS;
	return yes;
}

static bool same_function(const void *owner, uint32_t id, const void *key)
{
	const struct listing_function *a = &((const struct builder *)owner)->l->functions.at[id];
	const struct listing_function *b = key;

	return !strcmp(a->name, b->name) && !strcmp(a->file, b->file) &&
	       (*a->file || !strcmp(a->module, b->module));
}

static uint64_t hash_text(const struct builder *b, const char *s)
{
	return hash_index_bytes(&b->by_function, s, strlen(s));
}

static uint32_t add_function(struct builder *b, uint32_t location, uint32_t i)
{
	const struct profile_function *known = function_at(b, location, i);
	struct listing_function f = {
		.name = frame_function(b->p, location, i),
		.module = frame_module(b->p, location),
		.file = "",
		.location = location,
		.kernel = frame_is_kernel(b->p, location),
	};
	uint64_t hash;
	uint32_t id;

	if (*f.name) {
		f.file = profile_str(b->p, known->file);
		f.start_line = known->start_line > 0 ? known->start_line : 0;
	}
	hash = hash_index_words(&b->by_function, hash_text(b, f.name),
				hash_text(b, *f.file ? f.file : f.module), !*f.file);
	id = hash_index_find(&b->by_function, hash, same_function, b, &f);
	if (id == HASH_NONE) {
		id = (uint32_t)b->l->functions.n;
		vec_push(&b->l->functions, f);
		hash_index_add(&b->by_function, hash, id);
	}
	return id;
}

static bool same_line(const void *owner, uint32_t id, const void *key)
{
	const struct listing_line *a = &((const struct builder *)owner)->l->lines.at[id];
	const struct listing_line *b = key;

	return a->function == b->function && a->line == b->line;
}

static int64_t line_at(const struct builder *b, uint32_t location, uint32_t i)
{
	const struct profile_location *l = &b->p->locations.at[location];
	int64_t line = i < l->n_lines ? b->p->lines.at[l->first_line + i].line : 0;

	return line > 0 ? line : 0;
}

static uint32_t add_line(struct builder *b, uint32_t function, uint32_t location, uint32_t i)
{
	struct listing_line line = {.function = function, .line = line_at(b, location, i)};
	uint64_t hash;
	uint32_t id;

	if (!*b->l->functions.at[function].file)
		return NO_ROW;
	hash = hash_index_words(&b->by_line, function, (uint64_t)line.line);
	id = hash_index_find(&b->by_line, hash, same_line, b, &line);
	if (id == HASH_NONE) {
		id = (uint32_t)b->l->lines.n;
		vec_push(&b->l->lines, line);
		hash_index_add(&b->by_line, hash, id);
	}
	return id;
}

static bool same_place(const void *owner, uint32_t id, const void *key)
{
	const struct listing_place *a = &((const struct builder *)owner)->l->places.at[id];
	const struct listing_place *b = key;

	return a->function == b->function && a->mapping == b->mapping && a->address == b->address;
}

static uint32_t add_place(struct builder *b, uint32_t function, uint32_t location, uint32_t i)
{
	const struct profile_location *l = &b->p->locations.at[location];
	struct listing_place place = {
		.function = function,
		.mapping = l->mapping == PROFILE_NONE ? PROFILE_NONE : b->mapping[l->mapping],
		.address = l->address,
		.inlined = i + 1 < frame_count(b->p, location),
		.line = line_at(b, location, i),
	};
	uint64_t hash = hash_index_words(&b->by_place, function, place.mapping, place.address);
	uint32_t id = hash_index_find(&b->by_place, hash, same_place, b, &place);

	if (id == HASH_NONE) {
		id = (uint32_t)b->l->places.n;
		vec_push(&b->l->places, place);
		hash_index_add(&b->by_place, hash, id);
	}
	return id;
}

static bool same_mapping(const void *owner, uint32_t id, const void *key)
{
	const struct profile_mapping *a = &((const struct builder *)owner)->p->mappings.at[id];
	const struct profile_mapping *b = key;

	return a->file == b->file && a->build_id == b->build_id && a->start == b->start &&
	       a->limit == b->limit && a->offset == b->offset;
}

/* A library of many containers is as many mappings, but one code. */
static void number_mappings(struct builder *b)
{
	b->mapping = mem_array(b->p->mappings.n, sizeof(*b->mapping));
	for (uint32_t i = 0; i < b->p->mappings.n; i++) {
		const struct profile_mapping *m = &b->p->mappings.at[i];
		uint64_t hash = hash_index_words(&b->by_mapping, m->file, m->build_id, m->start);
		uint32_t id = hash_index_find(&b->by_mapping, hash, same_mapping, b, m);

		if (id == HASH_NONE) {
			hash_index_add(&b->by_mapping, hash, i);
			id = i;
		}
		b->mapping[i] = id;
	}
}

static void number_entries(struct builder *b)
{
	uint32_t n = (uint32_t)b->p->locations.n;

	b->matches = mem_array(intern_count(&b->p->strings), 1);
	b->first = mem_array(n + 1, sizeof(*b->first));
	for (uint32_t location = 0; location < n; location++) {
		uint32_t frames = frame_count(b->p, location);

		b->first[location] = (uint32_t)b->entries.n;
		for (uint32_t i = 0; i < frames; i++) {
			struct entry e = {.innermost = !i};

			if (!name_matches(b, location, i))
				continue;
			e.function = add_function(b, location, i);
			e.line = add_line(b, e.function, location, i);
			e.place = add_place(b, e.function, location, i);
			vec_push(&b->entries, e);
		}
	}
	b->first[n] = (uint32_t)b->entries.n;
}

static void add(int64_t value, uint32_t sample, uint32_t *seen, int64_t *cumulative)
{
	if (*seen == sample)
		return;
	*seen = sample;
	*cumulative = profile_sum(*cumulative, value);
}

static void add_self(struct listing *l, const struct entry *e, int64_t value)
{
	struct listing_place *place = &l->places.at[e->place];

	place->self = profile_sum(place->self, value);
	if (!e->innermost)
		return;
	l->functions.at[e->function].self = profile_sum(l->functions.at[e->function].self, value);
	if (e->line != NO_ROW)
		l->lines.at[e->line].self = profile_sum(l->lines.at[e->line].self, value);
}

static void add_sample(struct builder *b, uint32_t number, uint32_t value)
{
	const struct profile_sample *sample = &b->p->samples.at[number];
	const struct profile_span *stack = &b->p->stacks.at[sample->stack];
	int64_t v = sample->values[value];
	struct listing *l = b->l;

	for (uint32_t i = 0; i < stack->n; i++) {
		uint32_t location = b->p->frames.at[stack->first + i];

		for (uint32_t j = b->first[location]; j < b->first[location + 1]; j++) {
			const struct entry *e = &b->entries.at[j];

			if (!i)
				add_self(l, e, v);
			add(v, number + 1, &b->seen_function[e->function],
			    &l->functions.at[e->function].cumulative);
			add(v, number + 1, &b->seen_place[e->place],
			    &l->places.at[e->place].cumulative);
			if (e->line != NO_ROW)
				add(v, number + 1, &b->seen_line[e->line],
				    &l->lines.at[e->line].cumulative);
		}
	}
}

static int compare_lines(const void *left, const void *right)
{
	const struct listing_line *a = left, *b = right;

	if (a->function != b->function)
		return a->function < b->function ? -1 : 1;
	return (a->line > b->line) - (a->line < b->line);
}

static int compare_places(const void *left, const void *right)
{
	const struct listing_place *a = left, *b = right;

	if (a->function != b->function)
		return a->function < b->function ? -1 : 1;
	if (a->mapping != b->mapping)
		return a->mapping < b->mapping ? -1 : 1;
	return (a->address > b->address) - (a->address < b->address);
}

static void extend(struct profile_span *span, uint32_t i)
{
	if (!span->n)
		span->first = i;
	span->n++;
}

/* Sorts the rows of each function together and drops functions without a value. */
static void arrange(struct listing *l)
{
	size_t n = 0;

	if (l->lines.n)
		qsort(l->lines.at, l->lines.n, sizeof(*l->lines.at), compare_lines);
	if (l->places.n)
		qsort(l->places.at, l->places.n, sizeof(*l->places.at), compare_places);
	for (uint32_t i = 0; i < l->lines.n; i++)
		extend(&l->functions.at[l->lines.at[i].function].lines, i);
	for (uint32_t i = 0; i < l->places.n; i++)
		extend(&l->functions.at[l->places.at[i].function].places, i);
	for (size_t i = 0; i < l->functions.n; i++)
		if (l->functions.at[i].self || l->functions.at[i].cumulative)
			l->functions.at[n++] = l->functions.at[i];
	l->functions.n = n;
	listing_sort(l, false);
}

static void build(struct builder *b, uint32_t value)
{
	struct listing *l = b->l;

	number_mappings(b);
	number_entries(b);
	b->seen_function = mem_array(l->functions.n, sizeof(*b->seen_function));
	b->seen_line = mem_array(l->lines.n, sizeof(*b->seen_line));
	b->seen_place = mem_array(l->places.n, sizeof(*b->seen_place));
	for (uint32_t i = 0; i < b->p->samples.n; i++)
		add_sample(b, i, value);
	l->total = profile_total(b->p, value);
	arrange(l);
}

int listing_new(const struct profile *p, const char *pattern, uint32_t value,
		struct listing **ret_listing, struct buf *why)
{
	struct builder b = {.p = p};
	char text[128];
	int err = regcomp(&b.re, pattern, REG_EXTENDED | REG_NOSUB);

	if (err) {
		regerror(err, &b.re, text, sizeof(text));
		buf_printf(why, "'%s': %s", pattern, text);
		return -EINVAL;
	}
	b.l = mem_zalloc(sizeof(*b.l));
	build(&b, value);
	regfree(&b.re);
	free(b.matches);
	free(b.mapping);
	free(b.first);
	vec_done(&b.entries);
	hash_index_done(&b.by_function);
	hash_index_done(&b.by_line);
	hash_index_done(&b.by_place);
	hash_index_done(&b.by_mapping);
	free(b.seen_function);
	free(b.seen_line);
	free(b.seen_place);
	*ret_listing = b.l;
	return 0;
}

void listing_free(struct listing *l)
{
	if (!l)
		return;
	vec_done(&l->functions);
	vec_done(&l->lines);
	vec_done(&l->places);
	free(l);
}

static int compare_values(int64_t a, int64_t b)
{
	return (a < b) - (a > b);
}

static int compare_functions(const void *left, const void *right, void *cumulative)
{
	const struct listing_function *a = left, *b = right;
	int by_self = compare_values(a->self, b->self);
	int by_cumulative = compare_values(a->cumulative, b->cumulative);
	int order = *(bool *)cumulative ? by_cumulative : by_self;

	if (!order)
		order = *(bool *)cumulative ? by_self : by_cumulative;
	if (!order)
		order = strcmp(a->name, b->name);
	if (!order)
		order = strcmp(a->file, b->file);
	return order ? order : strcmp(a->module, b->module);
}

void listing_sort(struct listing *l, bool cumulative)
{
	if (l->functions.n)
		qsort_r(l->functions.at, l->functions.n, sizeof(*l->functions.at),
			compare_functions, &cumulative);
}
