// SPDX-License-Identifier: GPL-2.0-or-later
/* The data of the page: a header and the profiles, columns of numbers wherever there are many. */
#include "out/html.h"
#include "out/profile_json.h"

#include <inttypes.h>
#include <string.h>

#include <jansson.h>

#include "model/lock_rank.h"
#include "model/profile.h"
#include "model/recording.h"
#include "out/growth_json.h"
#include "out/html_ledger.h"
#include "out/html_locks.h"
#include "out/html_tree.h"
#include "out/json_text.h"
#include "out/leaks_json.h"
#include "util/clock.h"

#define SCHEMA	   1
#define MOST_GROWN 5000 /* processes that have rows */

static void put_json(struct buf *out, json_t *j)
{
	char *text = json_dumps(j, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));

	buf_puts(out, text ? text : "null");
	free(text);
	json_decref(j);
}

static void put_member(struct buf *out, const char *name, json_t *value)
{
	buf_printf(out, ",\"%s\":", name);
	put_json(out, value);
}

#define put_column(out, name, n, expression)                                                       \
	do {                                                                                       \
		buf_printf(out, ",\"%s\":[", name);                                                \
		for (size_t i = 0; i < (n); i++)                                                   \
			buf_printf(out, "%s%" PRId64, i ? "," : "", (int64_t)(expression));        \
		buf_putc(out, ']');                                                                \
	} while (0)

static json_t *types_json(const struct profile *p)
{
	json_t *types = json_array();

	for (uint32_t i = 0; i < p->n_types; i++) {
		json_t *type = json_array();

		json_array_append_new(type, json_text(profile_str(p, p->types[i].type)));
		json_array_append_new(type, json_text(profile_str(p, p->types[i].unit)));
		json_array_append_new(types, type);
	}
	return types;
}

/* One object a label set, in their order. A key that is there twice keeps its first value. */
static json_t *sets_json(const struct profile *p)
{
	json_t *sets = json_array();
	const struct profile_span *span;

	vec_each(span, &p->label_sets) {
		json_t *set = json_object();

		for (uint32_t i = 0; i < span->n; i++) {
			const struct profile_label *l = &p->labels.at[span->first + i];
			json_t *key = json_text(profile_str(p, l->key));
			const char *name = json_string_value(key);

			if (!json_object_get(set, name))
				json_object_set_new(set, name,
						    l->str ? json_text(profile_str(p, l->str))
							   : json_integer(l->num));
			json_decref(key);
		}
		json_array_append_new(sets, set);
	}
	return sets;
}

static json_t *strings_json(const struct intern *strings)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < intern_count(strings); i++)
		json_array_append_new(list, json_text(intern_str(strings, i)));
	return list;
}

static void put_tree(struct buf *out, const struct html_tree *t, uint32_t n_types)
{
	put_member(out, "strings", strings_json(&t->text));
	put_column(out, "name", t->frames.n, t->frames.at[i].name);
	put_column(out, "module", t->frames.n, t->frames.at[i].module);
	put_column(out, "file", t->frames.n, t->frames.at[i].file);
	put_column(out, "sort", t->frames.n, t->frames.at[i].kind);
	/* How far back the parent is: nearly always one. */
	put_column(out, "up", t->nodes.n, i ? i - t->nodes.at[i].parent : 0);
	put_column(out, "frame", t->nodes.n, t->nodes.at[i].frame);
	put_column(out, "inlined", t->nodes.n, t->nodes.at[i].inlined);
	put_column(out, "at", t->rows.n, t->rows.at[i].node);
	put_column(out, "set", t->rows.n, t->rows.at[i].label_set);
	for (uint32_t v = 0; v < n_types; v++) {
		char name[16];

		snprintf(name, sizeof(name), "value%" PRIu32, v);
		put_column(out, name, t->rows.n, t->rows.at[i].values[v]);
	}
}

static void put_profile(struct buf *out, const struct out_part *part)
{
	const struct profile *p = part->profile;
	struct html_tree *t = html_tree_new(p);

	buf_puts(out, "{\"kind\":");
	put_json(out, json_text(part->kind));
	put_member(out, "question", json_text(part->question));
	put_member(out, "types", types_json(p));
	put_member(out, "shown", json_integer(part->value));
	put_member(out, "time_ns", json_integer(p->time_ns));
	put_member(out, "duration_ns", json_integer(p->duration_ns));
	put_member(out, "comments", profile_comments_json(p));
	put_member(out, "sets", sets_json(p));
	put_tree(out, t, p->n_types);
	buf_putc(out, '}');
	html_tree_free(t);
}

static json_t *kind_json(const struct recording_kind *kind)
{
	json_t *to = json_object();
	struct buf line = {0};

	recording_loss_line(kind, &line);
	json_object_set_new(to, "name", json_text(kind->name));
	json_object_set_new(to, "file", json_text(kind->file));
	json_object_set_new(to, "ok", json_boolean(kind->ok));
	json_object_set_new(to, "why", json_text(kind->why));
	json_object_set_new(to, "attempted", json_count(kind->attempted));
	json_object_set_new(to, "delivered", json_count(kind->delivered));
	json_object_set_new(to, "lost", json_count(recording_lost(kind)));
	json_object_set_new(to, "line", json_text(buf_str(&line)));
	buf_done(&line);
	return to;
}

static json_t *recording_json(const struct recording *r)
{
	json_t *to = json_object(), *kinds = json_array();
	const struct recording_kind *kind;
	struct buf line = {0};
	char start[32];

	clock_rfc3339(r->start_real_ns, start, sizeof(start));
	recording_overhead_line(r, &line);
	vec_each(kind, &r->kinds)
		json_array_append_new(kinds, kind_json(kind));
	json_object_set_new(to, "target", json_text(r->target_text));
	json_object_set_new(to, "kernel", json_text(r->kernel));
	json_object_set_new(to, "arch", json_text(r->arch));
	json_object_set_new(to, "cpus", json_count(r->n_cpus));
	json_object_set_new(to, "start", json_text(start));
	json_object_set_new(to, "duration_ns", json_count(r->duration_ns));
	json_object_set_new(to, "overhead_percent", json_real(recording_percent(r)));
	json_object_set_new(to, "overhead", json_text(buf_str(&line)));
	json_object_set_new(to, "kinds", kinds);
	buf_done(&line);
	return to;
}

/* Of the first profile that knows locks. */
static void put_locks(struct buf *out, const struct html_input *in)
{
	for (size_t i = 0; i < in->n_parts; i++) {
		if (!lock_rank_known(in->parts[i].profile))
			continue;
		buf_puts(out, ",\"locks\":");
		html_locks(in->parts[i].profile, i, in->locks, in->filter, out);
		return;
	}
}

void html_data(const struct html_input *in, struct buf *out)
{
	buf_printf(out, "{\"schema\":%d", SCHEMA);
	put_member(out, "hostprof", json_text(in->version));
	put_member(out, "recording", in->recording ? recording_json(in->recording) : json_null());
	if (in->ledger) {
		buf_puts(out, ",\"ledger\":");
		html_ledger(in->ledger, out);
	}
	if (in->growth || in->leaks) {
		json_t *memory = json_object();

		if (in->growth)
			json_object_set_new(memory, "growth", growth_json(in->growth, MOST_GROWN));
		if (in->leaks)
			json_object_set_new(memory, "leaks", leaks_json(in->leaks));
		put_member(out, "memory", memory);
	}
	put_locks(out, in);
	buf_puts(out, ",\"profiles\":[");
	for (size_t i = 0; i < in->n_parts; i++) {
		if (i)
			buf_putc(out, ',');
		put_profile(out, &in->parts[i]);
	}
	buf_puts(out, "]}\n");
}
