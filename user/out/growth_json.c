// SPDX-License-Identifier: GPL-2.0-or-later
#include "out/growth_json.h"

#include <errno.h>
#include <inttypes.h>

#include "model/growth.h"
#include "out/json_text.h"

#define MAX_ROWS 10000 /* read */

static json_t *bytes_json(int64_t bytes)
{
	return bytes < 0 ? json_null() : json_count((uint64_t)bytes);
}

static json_t *others_json(const struct growth_sum *others)
{
	json_t *to = json_object();

	json_object_set_new(to, "n_processes", json_count(others->n));
	json_object_set_new(to, "given_bytes", json_count(others->given));
	json_object_set_new(to, "kept_bytes", json_count(others->kept));
	json_object_set_new(to, "back_bytes", json_count(others->back));
	json_object_set_new(to, "ended_bytes", json_count(others->ended));
	json_object_set_new(to, "rss_change_bytes", json_integer((json_int_t)others->change));
	return to;
}

json_t *growth_json(const struct growth *growth, size_t most)
{
	json_t *to = json_object(), *processes = json_array();
	struct growth_sum others;

	for (size_t i = 0; i < growth->list.n && i < most; i++) {
		const struct growth_process *p = &growth->list.at[i];
		json_t *row = json_object();

		json_object_set_new(row, "pid", json_count(p->pid));
		json_object_set_new(row, "comm", json_text(p->comm));
		json_object_set_new(row, "given_bytes", json_count(p->pages * growth->page_size));
		json_object_set_new(row, "rss_before_bytes", bytes_json(p->rss_before));
		json_object_set_new(row, "rss_after_bytes", bytes_json(p->rss_after));
		json_array_append_new(processes, row);
	}
	growth_sum_from(growth, most, &others);
	json_object_set_new(
		to, "given_bytes",
		json_count(growth_total(growth) * growth->page_size + growth->others.given));
	json_object_set_new(to, "n_processes", json_count(growth->list.n + growth->others.n));
	json_object_set_new(to, "processes", processes);
	json_object_set_new(to, "others", others_json(&others));
	return to;
}

/* Not negative, and a missing one is `missing`. */
static int64_t bytes_of(const json_t *row, const char *key, int64_t missing)
{
	const json_t *value = json_object_get(row, key);

	return json_is_integer(value) && json_integer_value(value) >= 0 ? json_integer_value(value)
									: missing;
}

static void read_row(struct growth *growth, const json_t *row)
{
	const char *comm = json_string_value(json_object_get(row, "comm"));
	size_t at = growth_add(growth, (uint32_t)bytes_of(row, "pid", 0), growth->list.n,
			       (uint64_t)bytes_of(row, "given_bytes", 0), 0, comm ? comm : "");

	growth->list.at[at].rss_before = bytes_of(row, "rss_before_bytes", -1);
	growth->list.at[at].rss_after = bytes_of(row, "rss_after_bytes", -1);
}

/* An older summary has no more of them than what they were given. */
static void read_others(struct growth *growth, const json_t *from)
{
	const json_t *row = json_object_get(from, "others");
	const json_t *change = json_object_get(row, "rss_change_bytes");
	uint64_t listed = growth_total(growth), all = (uint64_t)bytes_of(from, "given_bytes", 0);
	int64_t n = bytes_of(from, "n_processes", 0);

	growth->others = (struct growth_sum){
		.n = (uint64_t)n > growth->list.n ? (uint64_t)n - growth->list.n : 0,
		.given = all > listed ? all - listed : 0,
		.kept = (uint64_t)bytes_of(row, "kept_bytes", 0),
		.back = (uint64_t)bytes_of(row, "back_bytes", 0),
		.ended = (uint64_t)bytes_of(row, "ended_bytes", 0),
		.change = json_is_integer(change) ? json_integer_value(change) : 0,
	};
}

int growth_json_read(const char *text, size_t size, struct growth **ret_growth)
{
	json_t *top = json_loadb(text, size, 0, NULL), *row;
	const json_t *from = json_object_get(top, "growth");
	const json_t *rows = json_object_get(from, "processes");
	int err = json_is_array(rows) ? 0 : json_is_object(top) ? -ENOENT : -EBADMSG;
	struct growth *growth;
	size_t i;

	if (err)
		goto out;
	growth = growth_new(1);
	json_array_foreach(rows, i, row) if (i < MAX_ROWS) read_row(growth, row);
	read_others(growth, from);
	*ret_growth = growth;
out:
	json_decref(top);
	return err;
}
