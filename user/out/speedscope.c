// SPDX-License-Identifier: GPL-2.0-or-later
#include "out/speedscope.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <jansson.h>

#include "out/html_tree.h"
#include "out/json_text.h"

#define SCHEMA_URL "https://www.speedscope.app/file-format-schema.json"

/* The frames of all parts are in one list: those of a part begin at `first`. */
struct place {
	struct html_tree *tree;
	uint32_t first;
	json_t *samples, *weights;
	int64_t total;
};

static json_t *frame_json(const struct html_tree *t, const struct html_frame *f)
{
	const char *file = intern_str(&t->text, f->file ? f->file : f->module);
	json_t *frame = json_object();

	json_object_set_new(frame, "name", json_text(intern_str(&t->text, f->name)));
	if (*file)
		json_object_set_new(frame, "file", json_text(file));
	return frame;
}

/* Outermost caller first; an empty stack for samples that have none, which the format allows. */
static json_t *stack_json(const struct place *place, uint32_t node)
{
	const struct html_tree *t = place->tree;
	json_t *stack = json_array();
	VEC(uint32_t) up = {0};

	for (; node; node = t->nodes.at[node].parent)
		vec_push(&up, t->nodes.at[node].frame);
	while (up.n)
		json_array_append_new(stack, json_integer(place->first + up.at[--up.n]));
	vec_done(&up);
	return stack;
}

/* Rows of one stack that differ in their labels alone become one sample. */
static void stacks_add(struct place *place, uint32_t value)
{
	const struct html_tree *t = place->tree;
	int64_t *weight = mem_array(t->nodes.n, sizeof(*weight));
	const struct html_row *row;

	place->samples = json_array();
	place->weights = json_array();
	vec_each(row, &t->rows)
		weight[row->node] = profile_sum(weight[row->node], row->values[value]);
	for (uint32_t i = 0; i < t->nodes.n; i++) {
		if (weight[i] <= 0)
			continue;
		json_array_append_new(place->samples, stack_json(place, i));
		json_array_append_new(place->weights, json_integer(weight[i]));
		place->total = profile_sum(place->total, weight[i]);
	}
	free(weight);
}

static const char *unit_of(const struct profile *p, uint32_t value)
{
	static const char *const known[] = {"nanoseconds", "microseconds", "milliseconds",
					    "seconds", "bytes"};
	const char *unit = profile_str(p, p->types[value].unit);

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(unit, known[i]))
			return known[i];
	return "none";
}

static json_t *profile_json(const struct out_part *part, struct place *place)
{
	const struct profile *p = part->profile;
	const char *type = profile_str(p, p->types[part->value].type);
	json_t *to = json_object();
	char *name = *part->kind && strcmp(part->kind, type)
			     ? mem_printf("%s: %s", part->kind, type)
			     : mem_strdup(type);

	json_object_set_new(to, "type", json_string("sampled"));
	json_object_set_new(to, "name", json_text(name));
	json_object_set_new(to, "unit", json_string(unit_of(p, part->value)));
	json_object_set_new(to, "startValue", json_integer(0));
	json_object_set_new(to, "endValue", json_integer(place->total));
	json_object_set_new(to, "samples", place->samples);
	json_object_set_new(to, "weights", place->weights);
	free(name);
	return to;
}

static json_t *file_json(json_t *frames, json_t *profiles, const char *version)
{
	json_t *top = json_object(), *shared = json_object();
	char *maker = version ? mem_printf("hostprof@%s", version) : mem_strdup("hostprof");

	json_object_set_new(shared, "frames", frames);
	json_object_set_new(top, "$schema", json_string(SCHEMA_URL));
	json_object_set_new(top, "exporter", json_text(maker));
	json_object_set_new(top, "name", json_string("hostprof"));
	json_object_set_new(top, "activeProfileIndex", json_integer(0));
	json_object_set_new(top, "shared", shared);
	json_object_set_new(top, "profiles", profiles);
	free(maker);
	return top;
}

int speedscope_write(const struct out_part *parts, size_t n, const struct out_options *o, FILE *to)
{
	json_t *frames = json_array(), *profiles = json_array(), *top;
	int err = 0;

	for (size_t i = 0; i < n; i++) {
		struct place place = {.first = (uint32_t)json_array_size(frames)};
		const struct html_frame *f;

		place.tree = html_tree_new(parts[i].profile);
		vec_each(f, &place.tree->frames)
			json_array_append_new(frames, frame_json(place.tree, f));
		stacks_add(&place, parts[i].value);
		json_array_append_new(profiles, profile_json(&parts[i], &place));
		html_tree_free(place.tree);
	}
	top = file_json(frames, profiles, o->version);
	if (json_dumpf(top, to, JSON_COMPACT) || fputc('\n', to) == EOF)
		err = errno ? -errno : -EIO;
	json_decref(top);
	return err;
}
