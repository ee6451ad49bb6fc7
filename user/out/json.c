// SPDX-License-Identifier: GPL-2.0-or-later
#include "out/json.h"

#include <errno.h>
#include <jansson.h>

#include "model/rank.h"
#include "out/json_text.h"
#include "out/label.h"
#include "out/out.h"

#define SCHEMA 1

static void put_label(json_t *row, const struct profile *p, uint32_t set, const char *key)
{
	const char *text = rank_label(p, set, key);
	int64_t number;

	if (*text)
		json_object_set_new(row, key, json_text(text));
	else if (rank_label_number(p, set, key, &number))
		json_object_set_new(row, key, json_integer(number));
}

static void put_number(json_t *row, const struct profile *p, uint32_t set, const char *key)
{
	int64_t number;

	if (rank_label_number(p, set, key, &number))
		json_object_set_new(row, key, json_integer(number));
}

/* The labels that say which process, thread or container the row is. */
static void put_labels(json_t *row, const struct profile *p, uint32_t set, enum rank_by by)
{
	if (by != RANK_CONTAINER) {
		put_number(row, p, set, "pid");
		put_label(row, p, set, "comm");
	}
	if (by == RANK_THREAD) {
		put_number(row, p, set, "tid");
		put_label(row, p, set, "thread");
	}
	put_label(row, p, set, "container");
	put_label(row, p, set, "container_id");
	if (by == RANK_CONTAINER) {
		put_label(row, p, set, "image");
		put_label(row, p, set, "pod");
		put_label(row, p, set, "namespace");
	}
}

/* The stack's frames, leaf first. */
static json_t *frames_json(const struct profile *p, uint32_t stack)
{
	const struct profile_span *span = &p->stacks.at[stack];
	json_t *frames = json_array();
	struct buf name = {0};

	for (uint32_t i = 0; i < span->n; i++) {
		uint32_t location = p->frames.at[span->first + i];

		for (uint32_t j = 0; j < frame_count(p, location); j++) {
			buf_clear(&name);
			frame_name(p, location, j, &name);
			json_array_append_new(frames, json_text(buf_str(&name)));
		}
	}
	buf_done(&name);
	return frames;
}

static json_t *row_json(const struct profile *p, const struct rank_row *row, enum rank_by by)
{
	json_t *to = json_object();

	json_object_set_new(to, "name", json_text(row->label));
	json_object_set_new(to, "self", json_integer(row->self));
	json_object_set_new(to, "cumulative", json_integer(row->cumulative));
	if (*row->module)
		json_object_set_new(to, "module", json_text(row->module));
	if (*row->file)
		json_object_set_new(to, "file", json_text(row->file));
	if (row->line)
		json_object_set_new(to, "line", json_integer(row->line));
	if (row->stack != PROFILE_NONE)
		json_object_set_new(to, "frames", frames_json(p, row->stack));
	if (row->label_set != PROFILE_NONE && by < RANK_REASON)
		put_labels(to, p, row->label_set, by);
	return to;
}

int json_write(const struct profile *p, const struct out_options *o, FILE *to)
{
	struct rank *rank = rank_new(p, o->by, o->value);
	json_t *top = json_object(), *value = json_object(), *rows = json_array();
	json_t *comments = json_array();
	const uint32_t *comment;
	int err;

	rank_sort(rank, o->cumulative);
	json_object_set_new(value, "type", json_text(profile_str(p, p->types[o->value].type)));
	json_object_set_new(value, "unit", json_text(profile_str(p, p->types[o->value].unit)));
	for (size_t i = 0; i < rank->rows.n && (!o->rows || i < o->rows); i++)
		json_array_append_new(rows, row_json(p, &rank->rows.at[i], o->by));
	vec_each(comment, &p->comments)
		json_array_append_new(comments, json_text(profile_str(p, *comment)));
	json_object_set_new(top, "schema", json_integer(SCHEMA));
	json_object_set_new(top, "value", value);
	json_object_set_new(top, "total", json_integer(rank->total));
	json_object_set_new(top, "by", json_string(rank_by_name(o->by)));
	json_object_set_new(top, "rows", rows);
	json_object_set_new(top, "comments", comments);
	err = json_print(top, to);
	json_decref(top);
	rank_free(rank);
	return err;
}
