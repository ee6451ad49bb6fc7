// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/lock_rank.h"

#include <string.h>

#include "model/profile.h"
#include "model/rank.h"

enum fact_kind { FACT_HOLDER, FACT_WAITER, FACT_RELEASE };

/* A part of the delay of one lock. Texts are ids of the rank's, the stack of a waiter is not. */
struct fact {
	uint32_t row, kind, name, state, stack;
	int64_t delay;
};
#define FACT_KEY (5 * sizeof(uint32_t)) /* bytes; no padding among them */

struct row_key {
	int64_t pid;
	uint32_t lock, class;
};

struct builder {
	struct lock_rank *rank;
	const struct profile *p;
	uint32_t delay, contentions, acquisitions, hold; /* values; PROFILE_NONE: not there */
	struct hash_index by_row, by_fact;
	VEC(struct row_key) keys;
	VEC(struct fact) facts;
};

static bool same_row(const void *owner, uint32_t id, const void *key)
{
	const struct builder *b = owner;
	const struct row_key *x = &b->keys.at[id], *y = key;

	return x->pid == y->pid && x->lock == y->lock && x->class == y->class;
}

static bool same_fact(const void *owner, uint32_t id, const void *key)
{
	const struct builder *b = owner;

	return !memcmp(&b->facts.at[id], key, FACT_KEY);
}

static uint32_t text_of(struct builder *b, uint32_t set, const char *key)
{
	return intern_add(&b->rank->text, rank_label(b->p, set, key));
}

/* The row that a label set belongs to, added when new. */
static uint32_t row_of(struct builder *b, uint32_t set)
{
	struct row_key key = {.lock = text_of(b, set, "lock"), .class = text_of(b, set, "class")};
	const struct intern *text = &b->rank->text;
	struct lock_row row;
	uint64_t hash;
	uint32_t id;

	rank_label_number(b->p, set, "pid", &key.pid);
	hash = hash_index_words(&b->by_row, (uint64_t)key.pid, key.lock, key.class);
	id = hash_index_find(&b->by_row, hash, same_row, b, &key);
	if (id != HASH_NONE)
		return id;
	row = (struct lock_row){
		.lock = intern_str(text, key.lock),
		.class = intern_str(text, key.class),
		.comm = intern_str(text, text_of(b, set, "comm")),
		.pid = key.pid,
		.held = strcmp(rank_label(b->p, set, "reason"), LOCK_EVENT) != 0,
	};
	row.container = intern_str(text, text_of(b, set, "container"));
	if (!*row.container)
		row.container = intern_str(text, text_of(b, set, "container_id"));
	id = (uint32_t)b->rank->rows.n;
	hash_index_add(&b->by_row, hash, id);
	vec_push(&b->keys, key);
	vec_push(&b->rank->rows, row);
	return id;
}

static void fact_add(struct builder *b, const struct fact *fact)
{
	uint64_t hash = hash_index_bytes(&b->by_fact, fact, FACT_KEY);
	uint32_t id = hash_index_find(&b->by_fact, hash, same_fact, b, fact);

	if (!fact->delay)
		return;
	if (id != HASH_NONE) {
		b->facts.at[id].delay = profile_sum(b->facts.at[id].delay, fact->delay);
		return;
	}
	hash_index_add(&b->by_fact, hash, (uint32_t)b->facts.n);
	vec_push(&b->facts, *fact);
}

static int64_t value_of(const struct profile_sample *s, uint32_t value)
{
	return value == PROFILE_NONE ? 0 : s->values[value];
}

static void add_sample(struct builder *b, const struct profile_sample *s, uint32_t row)
{
	struct lock_row *to = &b->rank->rows.at[row];
	struct fact waiter = {
		.row = row, .kind = FACT_WAITER, .stack = s->stack, .delay = value_of(s, b->delay)};

	to->delay = profile_sum(to->delay, waiter.delay);
	to->contentions = profile_sum(to->contentions, value_of(s, b->contentions));
	to->acquisitions = profile_sum(to->acquisitions, value_of(s, b->acquisitions));
	to->hold = profile_sum(to->hold, value_of(s, b->hold));
	fact_add(b, &waiter);
}

static void add_set(struct builder *b, uint32_t set, uint32_t row, int64_t delay)
{
	struct fact holder = {.row = row,
			      .kind = FACT_HOLDER,
			      .name = text_of(b, set, "holder"),
			      .state = text_of(b, set, "holder_state"),
			      .stack = text_of(b, set, "holder_stack"),
			      .delay = delay};
	struct fact release = {.row = row,
			       .kind = FACT_RELEASE,
			       .name = text_of(b, set, "waker"),
			       .stack = text_of(b, set, "waker_stack"),
			       .delay = delay};

	fact_add(b, &holder);
	if (release.name || release.stack)
		fact_add(b, &release);
}

static void read_samples(struct builder *b)
{
	uint32_t *row = mem_array(b->p->label_sets.n, sizeof(*row)); /* number + 1; 0: none */
	int64_t *delay = mem_array(b->p->label_sets.n, sizeof(*delay));
	uint32_t key = intern_find(&b->p->strings, "lock");
	const struct profile_sample *s;

	for (uint32_t i = 0; i < b->p->label_sets.n; i++)
		if (profile_label(b->p, i, key))
			row[i] = row_of(b, i) + 1;
	vec_each(s, &b->p->samples) {
		if (!row[s->label_set])
			continue;
		add_sample(b, s, row[s->label_set] - 1);
		delay[s->label_set] = profile_sum(delay[s->label_set], value_of(s, b->delay));
	}
	for (uint32_t i = 0; i < b->p->label_sets.n; i++)
		if (row[i])
			add_set(b, i, row[i] - 1, delay[i]);
	free(delay);
	free(row);
}

static int compare_numbers(int64_t a, int64_t b)
{
	return a < b ? -1 : a > b;
}

/* By lock, kind, and of holders by holder and state; then the largest first. */
static int by_place(const void *left, const void *right)
{
	const struct fact *a = left, *b = right;
	int order = compare_numbers(a->row, b->row);

	if (!order)
		order = compare_numbers(a->kind, b->kind);
	if (!order && a->kind == FACT_HOLDER)
		order = compare_numbers(a->name, b->name);
	if (!order && a->kind == FACT_HOLDER)
		order = compare_numbers(a->state, b->state);
	if (!order)
		order = compare_numbers(b->delay, a->delay);
	if (!order)
		order = compare_numbers(a->name, b->name);
	return order ? order : compare_numbers(a->stack, b->stack);
}

static int by_state(const void *left, const void *right)
{
	const struct lock_row_state *a = left, *b = right;
	int order = compare_numbers(b->delay, a->delay);

	return order ? order : strcmp(a->state, b->state);
}

/* Who is not known comes last. */
static int by_holder(const void *left, const void *right)
{
	const struct lock_row_holder *a = left, *b = right;
	int order = compare_numbers(!*a->name, !*b->name);

	if (!order)
		order = compare_numbers(b->delay, a->delay);
	return order ? order : strcmp(a->name, b->name);
}

static void take_holder(struct builder *b, const struct fact *f, const struct fact *before)
{
	struct lock_rank *r = b->rank;
	struct lock_row *row = &r->rows.at[f->row];
	bool new_holder = !before || before->row != f->row || before->kind != f->kind ||
			  before->name != f->name;

	if (!row->n_holders)
		row->first_holder = (uint32_t)r->holders.n;
	if (new_holder) {
		struct lock_row_holder holder = {.name = intern_str(&r->text, f->name),
						 .row = f->row,
						 .first = (uint32_t)r->states.n};

		vec_push(&r->holders, holder);
		row->n_holders++;
	}
	if (new_holder || before->state != f->state) {
		struct lock_row_state state = {.state = intern_str(&r->text, f->state),
					       .stack = ""};

		vec_push(&r->states, state);
		r->holders.at[r->holders.n - 1].n++;
	}
	r->states.at[r->states.n - 1].delay =
		profile_sum(r->states.at[r->states.n - 1].delay, f->delay);
	/* The first that there is has most. */
	if (f->stack && !*r->states.at[r->states.n - 1].stack)
		r->states.at[r->states.n - 1].stack = intern_str(&r->text, f->stack);
	r->holders.at[r->holders.n - 1].delay =
		profile_sum(r->holders.at[r->holders.n - 1].delay, f->delay);
}

static void take_site(struct builder *b, const struct fact *f)
{
	struct lock_rank *r = b->rank;
	struct lock_row *row = &r->rows.at[f->row];
	bool waiter = f->kind == FACT_WAITER;
	struct lock_row_site site = {
		.stack = waiter ? f->stack : PROFILE_NONE,
		.name = intern_str(&r->text, f->name),
		.text = waiter ? "" : intern_str(&r->text, f->stack),
		.delay = f->delay,
	};
	uint32_t *first = waiter ? &row->first_waiter : &row->first_release;
	uint32_t *n = waiter ? &row->n_waiters : &row->n_releases;

	if (!*n)
		*first = (uint32_t)r->sites.n;
	vec_push(&r->sites, site);
	++*n;
}

static void take_facts(struct builder *b)
{
	if (b->facts.n)
		qsort(b->facts.at, b->facts.n, sizeof(*b->facts.at), by_place);
	for (size_t i = 0; i < b->facts.n; i++) {
		if (b->facts.at[i].kind == FACT_HOLDER)
			take_holder(b, &b->facts.at[i], i ? &b->facts.at[i - 1] : NULL);
		else
			take_site(b, &b->facts.at[i]);
	}
}

static int by_delay(const void *left, const void *right)
{
	const struct lock_row *a = left, *b = right;
	int order = compare_numbers(b->delay, a->delay);

	if (!order)
		order = compare_numbers(b->hold, a->hold);
	if (!order)
		order = compare_numbers(b->contentions, a->contentions);
	if (!order)
		order = strcmp(a->lock, b->lock);
	if (!order)
		order = strcmp(a->class, b->class);
	return order ? order : compare_numbers(a->pid, b->pid);
}

void lock_rank_sort(struct lock_rank *rank)
{
	struct lock_row_holder *holder;
	struct lock_row *row;

	vec_each(holder, &rank->holders)
		qsort(rank->states.at + holder->first, holder->n, sizeof(*rank->states.at),
		      by_state);
	if (rank->rows.n)
		qsort(rank->rows.at, rank->rows.n, sizeof(*rank->rows.at), by_delay);
	vec_each(row, &rank->rows) {
		if (row->n_holders)
			qsort(rank->holders.at + row->first_holder, row->n_holders,
			      sizeof(*rank->holders.at), by_holder);
		for (uint32_t i = 0; i < row->n_holders; i++) {
			holder = &rank->holders.at[row->first_holder + i];
			holder->row = (uint32_t)(row - rank->rows.at);
		}
	}
}

int64_t lock_rank_total(const struct lock_rank *rank, bool held)
{
	const struct lock_row *row;
	int64_t sum = 0;

	vec_each(row, &rank->rows)
		if (row->held == held)
			sum = profile_sum(sum, row->delay);
	return sum;
}

bool lock_rank_known(const struct profile *p)
{
	uint32_t key = intern_find(&p->strings, "lock");

	for (size_t i = 0; key != HASH_NONE && i < p->labels.n; i++)
		if (p->labels.at[i].key == key)
			return profile_find_type(p, "delay") != PROFILE_NONE;
	return false;
}

struct lock_rank *lock_rank_new(const struct profile *p)
{
	struct lock_rank *rank = mem_zalloc(sizeof(*rank));
	struct builder b = {.rank = rank,
			    .p = p,
			    .delay = profile_find_type(p, "delay"),
			    .contentions = profile_find_type(p, "contentions"),
			    .acquisitions = profile_find_type(p, "acquisitions"),
			    .hold = profile_find_type(p, "hold")};

	rank->p = p;
	intern_add(&rank->text, "");
	read_samples(&b);
	take_facts(&b);
	lock_rank_sort(rank);
	hash_index_done(&b.by_row);
	hash_index_done(&b.by_fact);
	vec_done(&b.keys);
	vec_done(&b.facts);
	return rank;
}

void lock_rank_free(struct lock_rank *rank)
{
	if (!rank)
		return;
	vec_done(&rank->rows);
	vec_done(&rank->holders);
	vec_done(&rank->states);
	vec_done(&rank->sites);
	intern_done(&rank->text);
	free(rank);
}
