// SPDX-License-Identifier: GPL-2.0-or-later
#include "out/locks_json.h"

#include <inttypes.h>
#include <string.h>

#include "model/locks.h"
#include "out/json_text.h"

#define SCHEMA 1

static void put_count(json_t *to, const char *key, uint64_t n)
{
	json_object_set_new(to, key, json_count(n));
}

static void put_text(json_t *to, const char *key, const struct locks *locks, uint32_t text)
{
	json_object_set_new(to, key, json_text(locks_str(locks, text)));
}

static json_t *holder_json(const struct locks *locks, const struct lock_holder *h)
{
	json_t *to = json_object(), *blocked = json_object();

	for (uint32_t i = 0; i < locks->n_reasons; i++)
		if (h->blocked[i])
			put_count(blocked, locks->reasons[i].name, h->blocked[i]);
	put_text(to, "holder", locks, h->name);
	put_count(to, "delay_ns", h->delay);
	put_count(to, "on_cpu_ns", h->on_cpu);
	put_count(to, "runq_ns", h->runq);
	json_object_set_new(to, "blocked_ns", blocked);
	return to;
}

static json_t *lock_json(const struct locks *locks, const struct lock *l)
{
	json_t *to = json_object(), *holders = json_array();
	const struct lock_holder *h;
	char address[32];

	snprintf(address, sizeof(address), "0x%" PRIx64, l->address);
	put_count(to, "pid", l->pid);
	if (l->start)
		put_count(to, "start_ns", l->start);
	put_text(to, "comm", locks, l->comm);
	put_text(to, "container", locks, l->container);
	put_text(to, "lock", locks, l->name);
	json_object_set_new(to, "address", json_string(address));
	put_text(to, "class", locks, l->class);
	json_object_set_new(to, "held", json_boolean(l->held));
	put_count(to, "contentions", l->contentions);
	put_count(to, "delay_ns", l->delay);
	put_count(to, "longest_ns", l->longest);
	if (l->counted) {
		put_count(to, "acquisitions", l->acquisitions);
		put_count(to, "hold_ns", l->hold);
		put_count(to, "contended", l->contended);
		put_count(to, "wait_ns", l->wait);
	}
	locks_each_holder(h, locks, l)
		json_array_append_new(holders, holder_json(locks, h));
	json_object_set_new(to, "holders", holders);
	put_count(to, "unknown_holder_ns", l->unknown);
	return to;
}

static json_t *frames_json(const char *stack)
{
	json_t *to = json_array();

	while (*stack) {
		size_t n = strcspn(stack, ";");
		struct buf frame = {0};

		buf_add(&frame, stack, n);
		json_array_append_new(to, json_text(buf_str(&frame)));
		buf_done(&frame);
		stack += n + (stack[n] == ';');
	}
	return to;
}

json_t *locks_inversion_json(const struct locks *locks, const struct lock_inversion *it)
{
	json_t *to = json_object(), *times = json_array(), *names = json_array();
	json_t *stacks = json_array();

	for (uint32_t i = 0; i < it->n; i++) {
		json_array_append_new(names, json_text(locks_str(locks, it->at[i].lock)));
		json_array_append_new(stacks, frames_json(locks_str(locks, it->at[i].stack)));
		json_array_append_new(times, json_count(it->at[i].times));
	}
	put_count(to, "pid", it->pid);
	if (it->n == 2) {
		json_object_set(to, "first", json_array_get(names, 0));
		json_object_set(to, "second", json_array_get(names, 1));
		json_object_set(to, "there", json_array_get(stacks, 0));
		json_object_set(to, "here", json_array_get(stacks, 1));
	} else {
		json_object_set(to, "locks", names);
		json_object_set(to, "stacks", stacks);
	}
	json_object_set_new(to, "times", times);
	json_decref(names);
	json_decref(stacks);
	return to;
}

int locks_json_write(const struct locks *locks, FILE *to)
{
	json_t *top = json_object(), *list = json_array(), *inversions;
	const struct lock_inversion *inversion;
	const struct lock *l;
	int err;

	vec_each(l, &locks->list)
		json_array_append_new(list, lock_json(locks, l));
	json_object_set_new(top, "schema", json_integer(SCHEMA));
	put_count(top, "duration_ns", locks->duration);
	if (locks->lost)
		put_count(top, "lost", locks->lost);
	json_object_set_new(top, "locks", list);
	if (locks->inversions.n) {
		inversions = json_array();
		vec_each(inversion, &locks->inversions)
			json_array_append_new(inversions, locks_inversion_json(locks, inversion));
		json_object_set_new(top, "inversions", inversions);
	}
	err = json_print(top, to);
	json_decref(top);
	return err;
}
