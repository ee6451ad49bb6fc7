/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_MODEL_PROFILE_H
#define HOSTPROF_MODEL_PROFILE_H
/*
 * One profile in memory, in the shape of pprof's profile.proto: strings, mappings, functions,
 * locations, stacks, label sets and samples, each kept once and referred to by index. The capture
 * fills one a kind, out/pprof reads and writes it, every output takes it. No I/O here.
 *
 * Indexes count from 0; PROFILE_NONE means absent. Strings are ids of `strings` (0 is ""). Stacks
 * are leaf first. Adding something equal gives the index it already has, and samples of equal
 * stack and labels are summed. Returned pointers are valid until the next addition.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "util/hash.h"
#include "util/intern.h"
#include "util/vec.h"

#define PROFILE_NONE	   UINT32_MAX
#define PROFILE_MAX_VALUES 8 /* sample types; ours have at most 4, Go's heap has 4 */

struct profile_value_type {
	uint32_t type, unit; /* strings: "cpu", "nanoseconds" */
};

struct profile_mapping {
	uint64_t start, limit, offset; /* of the ELF addresses our locations carry */
	uint32_t file, build_id;       /* strings */
	bool has_functions, has_filenames, has_lines, has_inlines;
};

struct profile_function {
	uint32_t name, system_name, file; /* strings */
	int64_t start_line;
};

struct profile_line {
	uint32_t function;
	int64_t line; /* 0: unknown */
};

struct profile_location {
	uint32_t mapping; /* or PROFILE_NONE */
	uint64_t address;
	uint32_t first_line,
		n_lines; /* in `lines`: innermost inlined function first; 0 lines: no name */
};

struct profile_label {
	uint32_t key;  /* string */
	uint32_t str;  /* string; 0 when the label is a number */
	int64_t num;   /* when str is 0 */
	uint32_t unit; /* string, of num */
};

struct profile_span { /* a stack in `frames`, or a label set in `labels` */
	uint32_t first, n;
};

struct profile_sample {
	uint32_t stack, label_set;
	int64_t values[PROFILE_MAX_VALUES];
};

struct profile {
	struct intern strings;
	struct profile_value_type types[PROFILE_MAX_VALUES];
	uint32_t n_types, default_type; /* default_type: index of the value shown first */
	struct profile_value_type period_type;
	int64_t period, time_ns, duration_ns; /* time_ns since the epoch */
	VEC(uint32_t) comments;		      /* strings */
	VEC(struct profile_mapping) mappings;
	VEC(struct profile_function) functions;
	VEC(struct profile_line) lines;
	VEC(struct profile_location) locations;
	VEC(uint32_t) frames; /* location indexes of all stacks */
	VEC(struct profile_span) stacks;
	VEC(struct profile_label) labels;
	VEC(struct profile_span) label_sets;
	VEC(struct profile_sample) samples;
	struct hash_index by_mapping, by_function, by_location, by_stack, by_label_set, by_sample;
};

struct profile *profile_new(void);
void profile_free(struct profile *p);

static inline uint32_t profile_string(struct profile *p, const char *s)
{
	return intern_add(&p->strings, s);
}

static inline const char *profile_str(const struct profile *p, uint32_t id)
{
	return intern_str(&p->strings, id);
}

#define PROFILE_NO_STACK "[no stack taken]" /* the frame of samples without one */

/* -E2BIG past PROFILE_MAX_VALUES. The last type added is the default until set otherwise. */
int profile_add_type(struct profile *p, const char *type, const char *unit);
void profile_add_comment(struct profile *p, const char *text);

uint32_t profile_add_mapping(struct profile *p, const struct profile_mapping *m);
/* The same, never shared: for mappings whose names come later (see sym/symbolize). */
uint32_t profile_new_mapping(struct profile *p, const struct profile_mapping *m);
uint32_t profile_add_function(struct profile *p, const struct profile_function *f);
/* One per (mapping, address); its lines are set later. */
uint32_t profile_add_location(struct profile *p, uint32_t mapping, uint64_t address);
/* Never shared: for files whose location ids mean more than their addresses. */
uint32_t profile_new_location(struct profile *p, uint32_t mapping, uint64_t address);
void profile_set_lines(struct profile *p, uint32_t location, const struct profile_line *lines,
		       uint32_t n);
/* A frame that is only a name (a string id): one per name and mapping, be it PROFILE_NONE. */
uint32_t profile_add_name(struct profile *p, uint32_t mapping, uint32_t name);
uint32_t profile_add_stack(struct profile *p, const uint32_t *locations, uint32_t n);
/* The order of `labels` does not matter: the set is kept sorted by key. */
uint32_t profile_add_labels(struct profile *p, const struct profile_label *labels, uint32_t n);
void profile_add_sample(struct profile *p, uint32_t stack, uint32_t label_set,
			const int64_t *values);

/* The label `key` (a string id) of a label set, or NULL. */
const struct profile_label *profile_label(const struct profile *p, uint32_t label_set,
					  uint32_t key);

/* Sums that stop at the ends of int64_t: values can come from files made by anybody. */
static inline int64_t profile_sum(int64_t a, int64_t b)
{
	int64_t sum;

	if (__builtin_add_overflow(a, b, &sum))
		return a < 0 ? INT64_MIN : INT64_MAX;
	return sum;
}

/* Of one value, over all samples. */
int64_t profile_total(const struct profile *p, uint32_t value);
/* The index of the sample type with this name ("cpu"), or PROFILE_NONE. */
uint32_t profile_find_type(const struct profile *p, const char *type);

#endif
