// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <jansson.h>

#include "model/profile.h"
#include "out/json_text.h"
#include "out/list.h"

#define SCHEMA 1

static const char *const form_names[] = {
	[LIST_SOURCE] = "source",
	[LIST_CODE] = "code",
	[LIST_ADDRESSES] = "addresses",
};

static void put_text(json_t *to, const char *key, const struct list *l, uint32_t text)
{
	if (text)
		json_object_set_new(to, key, json_text(intern_str(&l->texts, text)));
}

static json_t *row_json(const struct list *l, const struct list_block *block,
			const struct list_row *row)
{
	json_t *to = json_object();

	if (row->skipped) {
		json_object_set_new(to, "skipped", json_count(row->skipped));
		return to;
	}
	if (block->form == LIST_SOURCE) {
		json_object_set_new(to, "line", json_count(row->at));
	} else {
		/* A text: the kernel's addresses are beyond the integers of many readers. */
		json_object_set_new(to, "address", json_sprintf("0x%" PRIx64, row->at));
		if (block->base)
			json_object_set_new(to, "offset",
					    json_integer((json_int_t)(row->at - block->base)));
	}
	json_object_set_new(to, "self", json_integer(row->self));
	json_object_set_new(to, "cumulative", json_integer(row->cumulative));
	if (block->form != LIST_ADDRESSES)
		json_object_set_new(to, "text", json_text(intern_str(&l->texts, row->text)));
	put_text(to, "target", l, row->target);
	put_text(to, "file", l, row->file);
	if (row->line)
		json_object_set_new(to, "line", json_integer(row->line));
	return to;
}

static json_t *block_json(const struct list *l, const struct list_block *block)
{
	json_t *to = json_object(), *rows = json_array(), *notes = json_array();
	const struct list_row *row;
	const uint32_t *note;

	json_object_set_new(to, "form", json_string(form_names[block->form]));
	put_text(to, "title", l, block->title);
	vec_each(note, &block->notes)
		json_array_append_new(notes, json_text(intern_str(&l->texts, *note)));
	vec_each(row, &block->rows)
		json_array_append_new(rows, row_json(l, block, row));
	json_object_set_new(to, "notes", notes);
	json_object_set_new(to, "rows", rows);
	return to;
}

static json_t *part_json(const struct list *l, const struct list_part *part)
{
	json_t *to = json_object(), *blocks = json_array();
	const struct list_block *block;

	put_text(to, "name", l, part->name);
	put_text(to, "module", l, part->module);
	put_text(to, "file", l, part->file);
	json_object_set_new(to, "self", json_integer(part->self));
	json_object_set_new(to, "cumulative", json_integer(part->cumulative));
	vec_each(block, &part->blocks)
		json_array_append_new(blocks, block_json(l, block));
	json_object_set_new(to, "blocks", blocks);
	return to;
}

int list_json_write(const struct list *l, FILE *to)
{
	json_t *top = json_object(), *value = json_object(), *functions = json_array();
	const struct profile_value_type *type = &l->p->types[l->value];
	const struct list_part *part;
	int err;

	json_object_set_new(value, "type", json_text(profile_str(l->p, type->type)));
	json_object_set_new(value, "unit", json_text(profile_str(l->p, type->unit)));
	vec_each(part, &l->parts)
		json_array_append_new(functions, part_json(l, part));
	json_object_set_new(top, "schema", json_integer(SCHEMA));
	json_object_set_new(top, "value", value);
	json_object_set_new(top, "total", json_integer(l->total));
	json_object_set_new(top, "matches", json_integer((json_int_t)l->found));
	json_object_set_new(top, "functions", functions);
	err = json_print(top, to);
	json_decref(top);
	return err;
}
