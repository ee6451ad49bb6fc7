// SPDX-License-Identifier: GPL-2.0-or-later
#include "out/html_locks.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "model/lock_rank.h"
#include "model/locks.h"
#include "model/profile.h"
#include "out/json_text.h"
#include "out/lock_explain.h"

static void put_json(struct buf *out, json_t *j)
{
	char *text = json_dumps(j, JSON_COMPACT | JSON_ENCODE_ANY);

	buf_puts(out, text ? text : "null");
	free(text);
	json_decref(j);
}

static void put_sentence(json_t *to, const char *key, struct buf *text)
{
	if (text->len)
		json_object_set_new(to, key, json_text(buf_str(text)));
	buf_done(text);
}

static void put_number(json_t *to, const char *key, int64_t n)
{
	if (n)
		json_object_set_new(to, key, json_integer(n));
}

/* [state, ns, stack] */
static json_t *state_json(const struct lock_row_state *state)
{
	json_t *to = json_array();

	json_array_append_new(to, json_text(state->state));
	json_array_append_new(to, json_integer(state->delay));
	json_array_append_new(to, json_text(state->stack));
	return to;
}

/* [name, ns, [states]] */
static json_t *holder_json(const struct lock_rank *rank, const struct lock_row_holder *holder)
{
	json_t *to = json_array(), *states = json_array();

	for (uint32_t i = 0; i < holder->n; i++)
		json_array_append_new(states, state_json(&rank->states.at[holder->first + i]));
	json_array_append_new(to, json_text(holder->name));
	json_array_append_new(to, json_integer(holder->delay));
	json_array_append_new(to, states);
	return to;
}

static void put_holders(json_t *to, const struct lock_rank *rank, const struct lock_row *row)
{
	json_t *holders = json_array();
	int64_t rest = 0;

	for (uint32_t i = 0; i < row->n_holders; i++) {
		const struct lock_row_holder *h = &rank->holders.at[row->first_holder + i];

		/* Who is not known stays apart. */
		if (i < HTML_LOCK_HOLDERS || !*h->name)
			json_array_append_new(holders, holder_json(rank, h));
		else
			rest = profile_sum(rest, h->delay);
	}
	json_object_set_new(to, "holders", holders);
	put_number(to, "others", rest);
	put_number(to, "n_holders", row->n_holders);
}

static void put_sentences(json_t *to, const struct lock_rank *rank, const struct lock_row *row)
{
	struct buf why = {0}, at = {0}, release = {0};

	lock_explain(rank, row, &why);
	lock_explain_waiters(rank, row, &at);
	if (row->held)
		lock_explain_releases(rank, row, &release);
	put_sentence(to, "why", &why);
	put_sentence(to, "at", &at);
	put_sentence(to, "release", &release);
}

static json_t *row_json(const struct lock_rank *rank, const struct lock_row *row)
{
	json_t *to = json_object();
	char address[32];

	json_object_set_new(to, "lock", json_text(row->lock));
	json_object_set_new(to, "class", json_text(row->class));
	json_object_set_new(to, "comm", json_text(row->comm));
	if (*row->container)
		json_object_set_new(to, "container", json_text(row->container));
	put_number(to, "pid", row->pid);
	json_object_set_new(to, "held", json_boolean(row->held));
	put_number(to, "waits", row->contentions);
	put_number(to, "delay", row->delay);
	put_number(to, "longest", row->longest);
	put_number(to, "taken", row->acquisitions);
	put_number(to, "hold", row->hold);
	put_number(to, "objects", row->objects > 1 ? row->objects : 0);
	snprintf(address, sizeof(address), "0x%" PRIx64, row->address);
	if (row->address)
		json_object_set_new(to, "address", json_text(address));
	put_sentences(to, rank, row);
	put_holders(to, rank, row);
	return to;
}

/* [[lock, stack where the next one is taken, times], ...] */
static json_t *orders_json(const struct locks *locks, const struct lock_inversion *i)
{
	json_t *list = json_array();

	for (uint32_t k = 0; k < i->n; k++) {
		json_t *to = json_array();

		json_array_append_new(to, json_text(locks_str(locks, i->at[k].lock)));
		json_array_append_new(to, json_text(locks_str(locks, i->at[k].stack)));
		json_array_append_new(to, json_integer((json_int_t)(i->at[k].times & INT64_MAX)));
		json_array_append_new(list, to);
	}
	return list;
}

static json_t *inversions_json(const struct locks *locks, const struct filter *filter)
{
	const struct lock_inversion *i;
	json_t *list = json_array();

	vec_each(i, &locks->inversions) {
		json_t *to;

		if (json_array_size(list) >= HTML_INVERSIONS)
			break;
		if (!lock_inversion_chosen(locks, i, filter))
			continue;
		to = json_object();
		put_number(to, "pid", i->pid);
		json_object_set_new(to, "comm", json_text(locks_comm(locks, i->pid)));
		json_object_set_new(to, "orders", orders_json(locks, i));
		json_array_append_new(list, to);
	}
	return list;
}

void html_locks(const struct profile *p, size_t tab, const struct locks *locks,
		const struct filter *filter, struct buf *out)
{
	struct lock_rank *rank = lock_rank_new(p);
	size_t n;

	if (locks)
		lock_rank_exact(rank, locks, filter);
	n = rank->rows.n < HTML_LOCKS ? rank->rows.n : HTML_LOCKS;
	buf_printf(out, "{\"profile\":%zu,\"all\":%zu,\"held\":%" PRId64 ",\"events\":%" PRId64,
		   tab, rank->rows.n, lock_rank_total(rank, true), lock_rank_total(rank, false));
	if (locks && locks->inversions.n) {
		buf_puts(out, ",\"inversions\":");
		put_json(out, inversions_json(locks, filter));
	}
	buf_puts(out, ",\"rows\":[");
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_putc(out, ',');
		put_json(out, row_json(rank, &rank->rows.at[i]));
	}
	buf_puts(out, "]}");
	lock_rank_free(rank);
}
