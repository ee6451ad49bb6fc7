// SPDX-License-Identifier: GPL-2.0-or-later
#include "out/lock_rank_json.h"

#include <string.h>

#include <jansson.h>

#include "model/lock_keepers.h"
#include "model/lock_rank.h"
#include "model/locks.h"
#include "model/profile.h"
#include "model/rank.h"
#include "out/json_text.h"
#include "out/lock_explain.h"
#include "out/out.h"

#define SCHEMA	     1
#define MOST_SITES   20 /* waiters' stacks, releases, of one lock */
#define MOST_HOLDERS 100
#define MOST_LOCKS   20 /* of one holder */

static void put_number(json_t *to, const char *key, int64_t n)
{
	json_object_set_new(to, key, json_integer(n));
}

static void put_text(json_t *to, const char *key, const char *text)
{
	if (*text)
		json_object_set_new(to, key, json_text(text));
}

static void put_buf(json_t *to, const char *key, struct buf *text)
{
	put_text(to, key, buf_str(text));
	buf_done(text);
}

static json_t *states_json(const struct lock_row_state *states, uint32_t n)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < n; i++) {
		json_t *to = json_object();

		put_text(to, "state", *states[i].state ? states[i].state : "unknown");
		put_number(to, "delay_ns", states[i].delay);
		put_text(to, "stack", states[i].stack);
		json_array_append_new(list, to);
	}
	return list;
}

static void put_process(json_t *to, const struct lock_row *row)
{
	put_number(to, "pid", row->pid);
	put_text(to, "comm", row->comm);
	put_text(to, "container", row->container);
}

/* Those who are not known are one more, without a name. */
static json_t *holders_json(const struct lock_rank *rank, const struct lock_row *row)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < row->n_holders && i < MOST_HOLDERS; i++) {
		const struct lock_row_holder *h = &rank->holders.at[row->first_holder + i];
		json_t *to = json_object();

		put_text(to, "holder", h->name);
		put_number(to, "delay_ns", h->delay);
		json_object_set_new(to, "states", states_json(rank->states.at + h->first, h->n));
		json_array_append_new(list, to);
	}
	return list;
}

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

static json_t *sites_json(const struct lock_rank *rank, uint32_t first, uint32_t n)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < n && i < MOST_SITES; i++) {
		const struct lock_row_site *site = &rank->sites.at[first + i];
		json_t *to = json_object();

		put_number(to, "delay_ns", site->delay);
		put_text(to, "waker", site->name);
		put_text(to, "stack", site->text);
		if (site->stack != PROFILE_NONE)
			json_object_set_new(to, "frames", frames_json(rank->p, site->stack));
		json_array_append_new(list, to);
	}
	return list;
}

static json_t *lock_json(const struct lock_rank *rank, const struct lock_row *row)
{
	json_t *to = json_object();
	struct buf text = {0};

	json_object_set_new(to, "name", json_text(row->lock));
	put_number(to, "self", row->delay);
	put_number(to, "cumulative", row->delay);
	put_text(to, "class", row->class);
	json_object_set_new(to, "held", json_boolean(row->held));
	put_process(to, row);
	put_number(to, "contentions", row->contentions);
	put_number(to, "delay_ns", row->delay);
	if (row->longest)
		put_number(to, "longest_ns", row->longest);
	if (row->acquisitions) {
		put_number(to, "acquisitions", row->acquisitions);
		put_number(to, "hold_ns", row->hold);
	}
	lock_explain(rank, row, &text);
	put_buf(to, "explanation", &text);
	json_object_set_new(to, "holders", holders_json(rank, row));
	json_object_set_new(to, "waiters", sites_json(rank, row->first_waiter, row->n_waiters));
	json_object_set_new(to, "releases", sites_json(rank, row->first_release, row->n_releases));
	return to;
}

static json_t *keeper_json(const struct lock_rank *rank, const struct lock_keepers *k,
			   const struct lock_keeper *keeper)
{
	json_t *to = json_object(), *locks = json_array();
	struct buf text = {0};

	json_object_set_new(to, "name", json_text(*keeper->name ? keeper->name : "[not known]"));
	put_number(to, "self", keeper->delay);
	put_number(to, "cumulative", keeper->delay);
	if (*keeper->name)
		put_process(to, &rank->rows.at[keeper->row]);
	put_number(to, "on_cpu_ns", keeper->on_cpu);
	put_number(to, "runq_ns", keeper->runq);
	put_number(to, "blocked_ns", keeper->blocked);
	lock_explain_states(k->states.at + keeper->first_state, keeper->n_states, keeper->delay,
			    &text);
	put_buf(to, "explanation", &text);
	json_object_set_new(to, "states",
			    states_json(k->states.at + keeper->first_state, keeper->n_states));
	for (uint32_t i = 0; i < keeper->n_locks && i < MOST_LOCKS; i++) {
		const struct lock_row_holder *h = k->locks.at[keeper->first_lock + i];
		json_t *lock = json_object();

		json_object_set_new(lock, "name", json_text(rank->rows.at[h->row].lock));
		put_number(lock, "delay_ns", h->delay);
		json_array_append_new(locks, lock);
	}
	json_object_set_new(to, "locks", locks);
	return to;
}

static json_t *stack_json(const char *stack)
{
	json_t *list = json_array();

	while (*stack) {
		size_t n = strcspn(stack, ";");
		struct buf name = {0};

		buf_add(&name, stack, n);
		json_array_append_new(list, json_text(buf_str(&name)));
		buf_done(&name);
		stack += n + (stack[n] == ';');
	}
	return list;
}

static json_t *inversions_json(const struct locks *locks, const struct filter *filter)
{
	const struct lock_inversion *i;
	json_t *list = json_array();

	vec_each(i, &locks->inversions) {
		json_t *to, *times;

		if (!lock_inversion_chosen(locks, i, filter))
			continue;
		to = json_object();
		times = json_array();
		put_number(to, "pid", i->pid);
		put_text(to, "first", locks_str(locks, i->first));
		put_text(to, "second", locks_str(locks, i->second));
		json_object_set_new(to, "there", stack_json(locks_str(locks, i->there)));
		json_object_set_new(to, "here", stack_json(locks_str(locks, i->here)));
		json_array_append_new(times, json_count(i->times[0]));
		json_array_append_new(times, json_count(i->times[1]));
		json_object_set_new(to, "times", times);
		json_array_append_new(list, to);
	}
	return list;
}

static json_t *comments_json(const struct profile *p)
{
	json_t *comments = json_array();
	const uint32_t *comment;

	vec_each(comment, &p->comments)
		json_array_append_new(comments, json_text(profile_str(p, *comment)));
	return comments;
}

static void put_rows(json_t *top, const struct lock_rank *rank, enum lock_waits waits,
		     const struct out_options *o)
{
	bool holders = o->by == RANK_HOLDER;
	struct lock_keepers *k = holders ? lock_keepers_new(rank) : NULL;
	json_t *rows = json_array();
	int64_t total = 0;
	size_t n = 0;

	for (size_t i = 0; !holders && i < rank->rows.n; i++) {
		const struct lock_row *row = &rank->rows.at[i];

		if (waits != LOCK_WAITS_ALL && row->held != (waits == LOCK_WAITS_HELD))
			continue;
		total = profile_sum(total, row->delay);
		if (!o->rows || n++ < o->rows)
			json_array_append_new(rows, lock_json(rank, row));
	}
	for (size_t i = 0; holders && i < k->rows.n; i++) {
		total = profile_sum(total, k->rows.at[i].delay);
		if (!o->rows || n++ < o->rows)
			json_array_append_new(rows, keeper_json(rank, k, &k->rows.at[i]));
	}
	put_number(top, "total", total);
	json_object_set_new(top, "by", json_string(rank_by_name(o->by)));
	json_object_set_new(top, "rows", rows);
	lock_keepers_free(k);
}

int lock_rank_json_write(const struct lock_rank *rank, const struct locks *locks,
			 enum lock_waits waits, const struct out_options *o, FILE *to)
{
	json_t *top = json_object(), *value = json_object();
	int err;

	json_object_set_new(value, "type", json_string("delay"));
	json_object_set_new(value, "unit", json_string("nanoseconds"));
	json_object_set_new(top, "schema", json_integer(SCHEMA));
	json_object_set_new(top, "value", value);
	put_rows(top, rank, waits, o);
	if (locks && locks->inversions.n)
		json_object_set_new(top, "inversions", inversions_json(locks, o->filter));
	json_object_set_new(top, "comments", comments_json(rank->p));
	err = json_print(top, to);
	json_decref(top);
	return err;
}
