// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/wall.h"

#include <string.h>

#include "model/ledger.h"
#include "model/merge.h"
#include "util/buf.h"

#define ON_CPU	  "[on-CPU]"
#define RUN_QUEUE "[run queue]"
#define RESIDUAL  "[residual]"
#define STATES	  (LEDGER_MAX_REASONS + 3) /* reasons, then these */

enum { STATE_ON_CPU = LEDGER_MAX_REASONS, STATE_RUN_QUEUE, STATE_RESIDUAL };

/* What one pid's time in each state should be, and what its samples come to. */
struct account {
	uint32_t pid, process; /* process: the newest of this pid */
	int64_t want[STATES], have[STATES], given[STATES];
	uint32_t last[STATES]; /* sample that takes what rounding leaves; PROFILE_NONE: none */
};

struct wall {
	const struct ledger *ledger;
	VEC(struct account) accounts;
	struct hash_index by_pid;
	struct profile *into;
	struct merge merge;
};

static bool same_pid(const void *owner, uint32_t index, const void *key)
{
	return ((const struct wall *)owner)->accounts.at[index].pid == *(const uint32_t *)key;
}

static struct account *account_find(const struct wall *w, uint32_t pid)
{
	uint32_t at =
		hash_index_find(&w->by_pid, hash_index_words(&w->by_pid, pid), same_pid, w, &pid);

	return at == HASH_NONE ? NULL : &w->accounts.at[at];
}

static int64_t clamped(uint64_t n)
{
	return n > INT64_MAX ? INT64_MAX : (int64_t)n;
}

static void accounts_add(struct wall *w, uint32_t process)
{
	const struct ledger_process *p = &w->ledger->processes.at[process];
	const struct ledger_times *t = &p->times;
	struct account *a = account_find(w, p->pid);

	if (!a) {
		struct account fresh = {.pid = p->pid};

		memset(fresh.last, 0xff, sizeof(fresh.last)); /* PROFILE_NONE */
		hash_index_add(&w->by_pid, hash_index_words(&w->by_pid, p->pid),
			       (uint32_t)w->accounts.n);
		vec_push(&w->accounts, fresh);
		a = &w->accounts.at[w->accounts.n - 1];
	}
	a->process = process;
	for (uint32_t i = 0; i < w->ledger->n_reasons; i++)
		a->want[i] = profile_sum(a->want[i], clamped(t->blocked[i]));
	a->want[STATE_ON_CPU] = profile_sum(a->want[STATE_ON_CPU], clamped(t->on_cpu));
	a->want[STATE_RUN_QUEUE] = profile_sum(a->want[STATE_RUN_QUEUE], clamped(t->runq));
	if (t->residual > 0)
		a->want[STATE_RESIDUAL] = profile_sum(a->want[STATE_RESIDUAL], t->residual);
}

static void state_name(const struct wall *w, uint32_t state, struct buf *out)
{
	if (state < LEDGER_MAX_REASONS)
		buf_printf(out, "[off-CPU: %s]", w->ledger->reasons[state].name);
	else
		buf_puts(out, state == STATE_ON_CPU	 ? ON_CPU
			      : state == STATE_RUN_QUEUE ? RUN_QUEUE
							 : RESIDUAL);
}

/* The location of a state, in any profile. */
static uint32_t state_location(const struct wall *w, struct profile *p, uint32_t state)
{
	struct profile_mapping m = {.file = profile_string(p, WALL_STATE_MODULE),
				    .has_functions = true};
	struct buf name = {0};
	uint32_t location;

	state_name(w, state, &name);
	location =
		profile_add_name(p, profile_add_mapping(p, &m), profile_string(p, buf_str(&name)));
	buf_done(&name);
	return location;
}

/* The same stack, its outermost caller the state's frame. */
static uint32_t stack_under(struct profile *p, uint32_t stack, uint32_t location)
{
	struct profile_span span = p->stacks.at[stack];
	uint32_t *frames = mem_array(span.n + 1, sizeof(*frames));
	uint32_t id;

	memcpy(frames, p->frames.at + span.first, span.n * sizeof(*frames));
	frames[span.n] = location;
	id = profile_add_stack(p, frames, span.n + 1);
	free(frames);
	return id;
}

static uint32_t reason_of(const struct wall *w, const struct profile *p, uint32_t label_set)
{
	const struct profile_label *l =
		profile_label(p, label_set, intern_find(&p->strings, "reason"));
	const char *name = l ? profile_str(p, l->str) : "other";
	uint32_t i = 0;

	while (i < w->ledger->n_reasons && strcmp(w->ledger->reasons[i].name, name))
		i++;
	return i < w->ledger->n_reasons ? i : STATES;
}

/* The account and the state of a sample; NULL when the ledger knows nothing of it. */
static struct account *sample_account(const struct wall *w, const struct profile *p,
				      const struct profile_sample *s, bool waits,
				      uint32_t *ret_state)
{
	const struct profile_label *pid =
		profile_label(p, s->label_set, intern_find(&p->strings, "pid"));
	uint32_t state = waits ? reason_of(w, p, s->label_set) : STATE_ON_CPU;
	struct account *a = pid && pid->num > 0 && pid->num < LEDGER_NONE
				    ? account_find(w, (uint32_t)pid->num)
				    : NULL;

	if (state == STATES)
		return NULL;
	*ret_state = state;
	return a;
}

static int64_t scaled(int64_t value, int64_t want, int64_t have)
{
	return have > 0 ? (int64_t)((__int128)value * want / have) : 0;
}

static int64_t positive(int64_t n)
{
	return n > 0 ? n : 0;
}

/* Rewrites a copy of one of the profiles: its samples come to what the accounts want. */
static void samples_take(struct wall *w, struct profile *p, uint32_t value, bool waits)
{
	uint32_t locations[STATES], state;
	struct profile_sample *s;
	struct account *a;

	for (uint32_t i = 0; i < STATES; i++)
		locations[i] = PROFILE_NONE;
	vec_each(s, &p->samples) {
		a = sample_account(w, p, s, waits, &state);
		if (a)
			a->have[state] = profile_sum(a->have[state], positive(s->values[value]));
	}
	vec_each(s, &p->samples) {
		int64_t ns = positive(s->values[value]);

		memset(s->values, 0, sizeof(s->values));
		a = sample_account(w, p, s, waits, &state);
		if (!a || !ns)
			continue;
		if (locations[state] == PROFILE_NONE)
			locations[state] = state_location(w, p, state);
		s->values[0] = scaled(ns, a->want[state], a->have[state]);
		s->stack = stack_under(p, s->stack, locations[state]);
		a->given[state] += s->values[0];
		a->last[state] = (uint32_t)(s - p->samples.at);
	}
	vec_each(a, &w->accounts)
		for (state = 0; state < STATES; state++)
			if (a->last[state] != PROFILE_NONE) {
				p->samples.at[a->last[state]].values[0] +=
					a->want[state] - a->given[state];
				a->given[state] = a->want[state];
				a->last[state] = PROFILE_NONE;
			}
}

static bool has_value(const struct profile *from, uint32_t i, const void *arg)
{
	(void)arg;
	return from->samples.at[i].values[0] > 0;
}

static void types_set(struct profile *p)
{
	p->n_types = 0;
	profile_add_type(p, "wall", "nanoseconds");
	p->period_type = (struct profile_value_type){0};
	p->period = 0;
}

static void profile_take(struct wall *w, const struct profile *from, bool waits)
{
	struct profile *copy;
	struct merge m;

	if (!from || !from->n_types)
		return;
	copy = profile_new();
	merge_init(&m, copy);
	merge_add(&m, from, NULL, NULL);
	merge_done(&m);
	samples_take(w, copy, copy->default_type, waits);
	types_set(copy);
	merge_add(&w->merge, copy, has_value, NULL);
	profile_free(copy);
}

static struct profile_label text_label(struct profile *p, const char *key, const char *text)
{
	return (struct profile_label){.key = profile_string(p, key),
				      .str = profile_string(p, text)};
}

static uint32_t rest_labels(const struct wall *w, const struct account *a, uint32_t state)
{
	const struct ledger_process *process = &w->ledger->processes.at[a->process];
	uint32_t container = process->container, n = 0;
	struct profile *p = w->into;
	struct profile_label labels[5];

	labels[n++] = (struct profile_label){.key = profile_string(p, "pid"), .num = a->pid};
	labels[n++] = text_label(p, "comm", ledger_str(w->ledger, process->comm));
	if (container != LEDGER_NONE) {
		const struct ledger_container *inside = &w->ledger->containers.at[container];

		labels[n++] = text_label(p, "container", ledger_str(w->ledger, inside->name));
		if (inside->full_id)
			labels[n++] = text_label(p, "container_id",
						 ledger_str(w->ledger, inside->full_id));
	}
	if (state < LEDGER_MAX_REASONS)
		labels[n++] = text_label(p, "reason", w->ledger->reasons[state].name);
	return profile_add_labels(p, labels, n);
}

/* What no sample stands for. */
static void rest_add(struct wall *w)
{
	struct profile *p = w->into;
	const struct account *a;

	vec_each(a, &w->accounts)
		for (uint32_t state = 0; state < STATES; state++) {
			int64_t values[PROFILE_MAX_VALUES] = {a->want[state] - a->given[state]};
			uint32_t location;

			if (values[0] <= 0)
				continue;
			location = state_location(w, p, state);
			profile_add_sample(p, profile_add_stack(p, &location, 1),
					   rest_labels(w, a, state), values);
		}
}

struct profile *wall_profile(const struct ledger *ledger, const struct profile *cpu,
			     const struct profile *offcpu)
{
	struct wall w = {.ledger = ledger, .into = profile_new()};

	for (uint32_t i = 0; i < ledger->processes.n; i++)
		accounts_add(&w, i);
	types_set(w.into);
	merge_init(&w.merge, w.into);
	profile_take(&w, cpu, false);
	profile_take(&w, offcpu, true);
	merge_done(&w.merge);
	if (!w.into->n_types)
		types_set(w.into);
	rest_add(&w);
	w.into->duration_ns = clamped(ledger->duration);
	w.into->time_ns = cpu ? cpu->time_ns : offcpu ? offcpu->time_ns : 0;
	vec_done(&w.accounts);
	hash_index_done(&w.by_pid);
	return w.into;
}
