// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/filter.h"

#include <errno.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <regex.h>
#include <stdio.h>
#include <string.h>

#include "model/frame.h"
#include "model/merge.h"

enum { FOCUS = 1, IGNORE = 2 };

struct state {
	const struct filter *f;
	bool *label_set_ok;
	unsigned char *location; /* FOCUS and IGNORE bits */
};

bool filter_is_empty(const struct filter *f)
{
	return !f->n_pids && !f->comm && !f->n_containers && !f->n_reasons && !f->focus &&
	       !f->ignore;
}

static bool pid_matches(const struct filter *f, const struct profile *p, uint32_t label_set)
{
	const struct profile_label *l =
		profile_label(p, label_set, intern_find(&p->strings, "pid"));
	char text[24];

	if (!l)
		return false;
	for (size_t i = 0; i < f->n_pids; i++) {
		/* Other tools write every label as text. */
		snprintf(text, sizeof(text), "%" PRIu64, f->pids[i]);
		if (l->str ? !strcmp(profile_str(p, l->str), text)
			   : l->num >= 0 && (uint64_t)l->num == f->pids[i])
			return true;
	}
	return false;
}

static const char *label_text(const struct profile *p, uint32_t label_set, const char *key)
{
	const struct profile_label *l = profile_label(p, label_set, intern_find(&p->strings, key));

	return l ? profile_str(p, l->str) : "";
}

static bool is_called(const char *want, const char *name, const char *id)
{
	size_t n = strlen(want);

	return (*name && (!strcmp(name, want) || !fnmatch(want, name, 0))) ||
	       (n >= FILTER_MIN_ID_PREFIX && !strncmp(id, want, n));
}

bool filter_container(const struct filter *f, const char *name, const char *id)
{
	for (size_t i = 0; i < f->n_containers; i++)
		if (is_called(f->containers[i], name, id))
			return true;
	return !f->n_containers;
}

/* What is no wait has no reason: it is none of them. */
static bool reason_matches(const struct filter *f, const struct profile *p, uint32_t label_set)
{
	const char *reason = label_text(p, label_set, "reason");
	bool found = false;

	for (size_t i = 0; i < f->n_reasons && !found; i++)
		found = !strcmp(reason, f->reasons[i]);
	return found != f->other_reasons;
}

static bool labels_match(const struct filter *f, const struct profile *p, uint32_t label_set)
{
	return (!f->n_pids || pid_matches(f, p, label_set)) &&
	       (!f->n_reasons || reason_matches(f, p, label_set)) &&
	       (!f->comm || !strcmp(label_text(p, label_set, "comm"), f->comm)) &&
	       (!f->n_containers || filter_container(f, label_text(p, label_set, "container"),
						     label_text(p, label_set, "container_id")));
}

static bool location_matches(const regex_t *re, const struct profile *p, uint32_t location)
{
	for (uint32_t i = 0; i < frame_count(p, location); i++) {
		const char *name = frame_function(p, location, i);

		if (!regexec(re, *name ? name : frame_module(p, location), 0, NULL, 0))
			return true;
	}
	return false;
}

static int mark_locations(struct state *s, const struct profile *p, const char *pattern,
			  unsigned char bit, struct buf *why)
{
	const char *what = bit == FOCUS ? "focus" : "ignore";
	char text[128];
	regex_t re;
	int err;

	if (!pattern)
		return 0;
	err = regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB);
	if (err) {
		regerror(err, &re, text, sizeof(text));
		buf_printf(why, "%s '%s': %s", what, pattern, text);
		return -EINVAL;
	}
	for (uint32_t i = 0; i < p->locations.n; i++)
		if (location_matches(&re, p, i))
			s->location[i] |= bit;
	regfree(&re);
	return 0;
}

static bool keep(const struct profile *p, uint32_t i, const void *arg)
{
	const struct state *s = arg;
	const struct profile_sample *sample = &p->samples.at[i];
	const struct profile_span *stack = &p->stacks.at[sample->stack];
	unsigned char bits = 0;

	if (!s->label_set_ok[sample->label_set])
		return false;
	for (uint32_t j = 0; j < stack->n; j++)
		bits |= s->location[p->frames.at[stack->first + j]];
	return !(bits & IGNORE) && (!s->f->focus || bits & FOCUS);
}

int filter_run(const struct filter *f, const struct profile *p, struct profile **ret_profile,
	       struct buf *why)
{
	struct state s = {.f = f};
	struct profile *chosen = NULL;
	struct merge m;
	int err;

	s.label_set_ok = mem_array(p->label_sets.n, sizeof(*s.label_set_ok));
	s.location = mem_array(p->locations.n, sizeof(*s.location));
	err = mark_locations(&s, p, f->focus, FOCUS, why);
	if (!err)
		err = mark_locations(&s, p, f->ignore, IGNORE, why);
	if (err)
		goto out;
	for (uint32_t i = 0; i < p->label_sets.n; i++)
		s.label_set_ok[i] = labels_match(f, p, i);
	chosen = profile_new();
	merge_init(&m, chosen);
	err = merge_add(&m, p, keep, &s);
	merge_done(&m);
	*ret_profile = chosen;
out:
	free(s.label_set_ok);
	free(s.location);
	return err;
}
