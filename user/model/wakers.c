// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/wakers.h"

#include <string.h>

#include "model/profile.h"

#define MAX_DEPTH 256 /* frames; the rest of a longer stack is left out, at the leaf */
#define NO_WAKER  "[not known]"

/* The label set's, by the source's number of it. */
struct seen {
	uint32_t stack, label_set;
};

static const char *label_text(const struct profile *p, uint32_t label_set, const char *key)
{
	const struct profile_label *l = profile_label(p, label_set, intern_find(&p->strings, key));

	return l ? profile_str(p, l->str) : "";
}

static uint32_t add_frame(struct profile *to, const char *name, size_t n)
{
	return profile_add_name(to, PROFILE_NONE, intern_addn(&to->strings, name, n));
}

static uint32_t add_stack(struct profile *to, const char *text)
{
	uint32_t from_root[MAX_DEPTH], leaf_first[MAX_DEPTH], n = 0;

	while (*text && n < MAX_DEPTH) {
		size_t length = strcspn(text, ";");

		from_root[n++] = add_frame(to, text, length);
		text += length + (text[length] == ';');
	}
	for (uint32_t i = 0; i < n; i++)
		leaf_first[i] = from_root[n - 1 - i];
	return profile_add_stack(to, leaf_first, n);
}

static struct profile_label text_label(struct profile *p, const char *key, const char *text)
{
	return (struct profile_label){.key = profile_string(p, key),
				      .str = profile_string(p, text)};
}

static struct seen take_labels(struct profile *to, const struct profile *p, uint32_t label_set)
{
	const char *waker = label_text(p, label_set, "waker");
	const char *stack = label_text(p, label_set, "waker_stack");
	struct profile_label labels[3] = {
		text_label(to, "comm", *waker ? waker : NO_WAKER),
		text_label(to, "woken", label_text(p, label_set, "comm")),
		text_label(to, "reason", label_text(p, label_set, "reason")),
	};

	return (struct seen){.stack = add_stack(to, *stack ? stack : PROFILE_NO_STACK),
			     .label_set = profile_add_labels(to, labels, 3)};
}

struct profile *wakers_profile(const struct profile *p)
{
	struct profile *to = profile_new();
	struct seen *seen = mem_array(p->label_sets.n, sizeof(*seen));
	const struct profile_sample *s;
	const uint32_t *comment;

	for (uint32_t i = 0; i < p->n_types; i++)
		profile_add_type(to, profile_str(p, p->types[i].type),
				 profile_str(p, p->types[i].unit));
	to->default_type = p->default_type;
	to->time_ns = p->time_ns;
	to->duration_ns = p->duration_ns;
	vec_each(comment, &p->comments)
		profile_add_comment(to, profile_str(p, *comment));
	for (uint32_t i = 0; i < p->label_sets.n; i++)
		seen[i] = take_labels(to, p, i);
	vec_each(s, &p->samples)
		profile_add_sample(to, seen[s->label_set].stack, seen[s->label_set].label_set,
				   s->values);
	free(seen);
	return to;
}
