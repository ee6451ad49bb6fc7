// SPDX-License-Identifier: GPL-2.0-or-later
#include "out/locks_json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "model/locks.h"

#define SCHEMA	  1
#define MAX_DEPTH 1024 /* frames of a stack */

/* Not below zero; 0 for what is no whole number. */
static uint64_t count(const json_t *row, const char *key)
{
	json_int_t n = json_integer_value(json_object_get(row, key));

	return n < 0 ? 0 : (uint64_t)n;
}

static uint32_t small(const json_t *row, const char *key)
{
	uint64_t n = count(row, key);

	return n > UINT32_MAX ? 0 : (uint32_t)n;
}

static const char *text(const json_t *row, const char *key)
{
	const char *s = json_string_value(json_object_get(row, key));

	return s ? s : "";
}

static void take_holder(struct locks *locks, uint32_t lock, const json_t *row)
{
	json_t *blocked = json_object_get(row, "blocked_ns"), *value;
	const char *name = text(row, "holder"), *reason;

	locks_hold(locks, lock, name, LOCKS_ON_CPU, count(row, "on_cpu_ns"));
	locks_hold(locks, lock, name, LOCKS_RUNQ, count(row, "runq_ns"));
	json_object_foreach(blocked, reason, value)
		locks_hold(locks, lock, name, locks_state(locks, reason), count(blocked, reason));
}

static int take_lock(struct locks *locks, const json_t *row)
{
	struct lock_key key = {
		.pid = small(row, "pid"),
		.program = (uint32_t)locks->list.n, /* each row is one */
		.start = count(row, "start_ns"),
		.address = strtoull(text(row, "address"), NULL, 16),
		.comm = text(row, "comm"),
		.container = text(row, "container"),
		.name = text(row, "lock"),
		.class = text(row, "class"),
		.held = json_is_true(json_object_get(row, "held")),
	};
	uint32_t lock = json_is_object(row) ? locks_add(locks, &key) : LOCKS_NONE;
	json_t *holder;
	size_t i;

	if (lock == LOCKS_NONE)
		return -EBADMSG;
	locks_wait(locks, lock, count(row, "contentions"), count(row, "delay_ns"),
		   count(row, "longest_ns"));
	if (json_object_get(row, "acquisitions"))
		locks_use(locks, lock,
			  &(struct lock_use){count(row, "acquisitions"), count(row, "hold_ns"),
					     count(row, "contended"), count(row, "wait_ns")});
	json_array_foreach(json_object_get(row, "holders"), i, holder)
		take_holder(locks, lock, holder);
	return 0;
}

static uint32_t stack_text(struct locks *locks, const json_t *frames)
{
	struct buf out = {0};
	json_t *frame;
	uint32_t id;
	size_t i;

	json_array_foreach(frames, i, frame)
	{
		const char *name = json_string_value(frame);

		if (i < MAX_DEPTH)
			buf_printf(&out, "%s%s", i ? ";" : "", name ? name : "");
	}
	id = locks_string(locks, buf_str(&out));
	buf_done(&out);
	return id;
}

static uint64_t times_of(const json_t *row, size_t i)
{
	json_int_t n = json_integer_value(json_array_get(json_object_get(row, "times"), i));

	return n < 0 ? 0 : (uint64_t)n;
}

static void take_pair(struct locks *locks, const json_t *row, struct lock_inversion *it)
{
	it->n = 2;
	it->at[0].lock = locks_string(locks, text(row, "first"));
	it->at[1].lock = locks_string(locks, text(row, "second"));
	it->at[0].stack = stack_text(locks, json_object_get(row, "there"));
	it->at[1].stack = stack_text(locks, json_object_get(row, "here"));
}

static void take_ring(struct locks *locks, const json_t *row, struct lock_inversion *it)
{
	const json_t *stacks = json_object_get(row, "stacks");
	json_t *name;
	size_t i;

	json_array_foreach(json_object_get(row, "locks"), i, name)
	{
		if (it->n == LOCK_INVERSION_MAX)
			break;
		it->at[i].lock = locks_string(locks, json_string_value(name));
		it->at[i].stack = stack_text(locks, json_array_get(stacks, i));
		it->n++;
	}
}

static void take_inversion(struct locks *locks, const json_t *row)
{
	struct lock_inversion it = {.pid = small(row, "pid")};

	if (json_object_get(row, "locks"))
		take_ring(locks, row, &it);
	else
		take_pair(locks, row, &it);
	for (uint32_t i = 0; i < it.n; i++)
		it.at[i].times = times_of(row, i);
	if (it.n >= 2 && locks->inversions.n < LOCKS_MAX_INVERSIONS)
		vec_push(&locks->inversions, it);
}

static int take_top(struct locks *locks, const json_t *top, struct buf *why)
{
	const json_t *list = json_object_get(top, "locks");
	json_t *row;
	size_t i;

	if (!json_is_array(list) || count(top, "schema") != SCHEMA) {
		buf_puts(why, "it is not a list of locks of a version that is known here");
		return -EBADMSG;
	}
	locks->duration = count(top, "duration_ns");
	locks->lost = count(top, "lost");
	json_array_foreach(list, i, row)
	{
		if (!take_lock(locks, row))
			continue;
		buf_puts(why, "a lock in it is no object, or one too many");
		return -EBADMSG;
	}
	json_array_foreach(json_object_get(top, "inversions"), i, row) take_inversion(locks, row);
	return 0;
}

int locks_json_read(const char *text, size_t size, const struct ledger_reason *reasons,
		    uint32_t n_reasons, struct locks **ret_locks, struct buf *why)
{
	json_t *top = size <= LOCKS_JSON_MAX_FILE ? json_loadb(text, size, 0, NULL) : NULL;
	struct locks *locks = locks_new(reasons, n_reasons);
	int err = -EBADMSG;

	if (!top)
		buf_puts(why, "it is no JSON, cut off, or larger than hostprof's files of locks");
	else
		err = take_top(locks, top, why);
	if (err)
		goto out;
	locks_sort(locks);
	*ret_locks = locks;
	locks = NULL;
out:
	locks_free(locks);
	json_decref(top);
	return err;
}
