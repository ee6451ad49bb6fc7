// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/lockorder.h"

#include <stdlib.h>
#include <string.h>

#include "util/mem.h"

#define FIRST_SHARED  1u
#define SECOND_SHARED 2u
#define PRUNINGS      64 /* rounds of taking away what is in no ring: what is left costs time only */
#define RING_TIDS     (HP_USELOCK_RING * HP_USELOCK_RING)

/* A lock of a process. */
struct node {
	uint32_t tgid, exec;
	uint64_t address;
};

struct edge {
	uint32_t from, to; /* nodes */
	uint32_t pair;
	bool dead;
};

struct search {
	const struct lockorder_pair *pairs;
	struct lockorder *order;
	struct node *nodes;
	struct edge *edges; /* by from, then to */
	uint32_t *first;    /* by node: its first edge; one more than nodes */
	uint32_t n_nodes, n_edges;
	uint32_t length; /* of the rings that are looked for */
	const struct edge *path[HP_USELOCK_RING];
	uint64_t steps;
};

/* --- the graph --- */

static int compare_nodes(const void *a, const void *b)
{
	const struct node *x = a, *y = b;

	if (x->tgid != y->tgid)
		return x->tgid < y->tgid ? -1 : 1;
	if (x->exec != y->exec)
		return x->exec < y->exec ? -1 : 1;
	return (x->address > y->address) - (x->address < y->address);
}

static int compare_edges(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	if (x->to != y->to)
		return x->to < y->to ? -1 : 1;
	return (x->pair > y->pair) - (x->pair < y->pair);
}

static struct node node_of(const struct lockorder_pair *pair, uint64_t address)
{
	return (struct node){pair->key.second.tgid, pair->key.second.exec, address};
}

static uint32_t node_number(const struct search *s, const struct lockorder_pair *pair,
			    uint64_t address)
{
	struct node key = node_of(pair, address);
	const struct node *found =
		bsearch(&key, s->nodes, s->n_nodes, sizeof(*s->nodes), compare_nodes);

	return (uint32_t)(found - s->nodes);
}

static void make_nodes(struct search *s, size_t n)
{
	uint32_t kept = 0;

	s->nodes = mem_array(2 * n + 1, sizeof(*s->nodes));
	for (size_t i = 0; i < n; i++) {
		s->nodes[2 * i] = node_of(&s->pairs[i], s->pairs[i].key.first);
		s->nodes[2 * i + 1] = node_of(&s->pairs[i], s->pairs[i].key.second.address);
	}
	qsort(s->nodes, 2 * n, sizeof(*s->nodes), compare_nodes);
	for (size_t i = 0; i < 2 * n; i++)
		if (!kept || compare_nodes(&s->nodes[kept - 1], &s->nodes[i]))
			s->nodes[kept++] = s->nodes[i];
	s->n_nodes = kept;
}

static void make_edges(struct search *s, size_t n)
{
	s->edges = mem_array(n + 1, sizeof(*s->edges));
	s->first = mem_array((size_t)s->n_nodes + 1, sizeof(*s->first));
	for (size_t i = 0; i < n; i++)
		s->edges[i] = (struct edge){
			.from = node_number(s, &s->pairs[i], s->pairs[i].key.first),
			.to = node_number(s, &s->pairs[i], s->pairs[i].key.second.address),
			.pair = (uint32_t)i,
		};
	s->n_edges = (uint32_t)n;
	qsort(s->edges, n, sizeof(*s->edges), compare_edges);
	for (uint32_t node = 0, e = 0; node <= s->n_nodes; node++) {
		while (e < n && s->edges[e].from < node)
			e++;
		s->first[node] = e;
	}
}

/* What leads to a lock under which nothing was taken, or comes from one that was taken under none,
 * is in no ring. */
static void prune(struct search *s)
{
	uint32_t *in = mem_array((size_t)s->n_nodes + 1, sizeof(*in));
	uint32_t *out = mem_array((size_t)s->n_nodes + 1, sizeof(*out));
	bool again = true;

	for (uint32_t i = 0; i < s->n_edges; i++) {
		out[s->edges[i].from]++;
		in[s->edges[i].to]++;
	}
	for (int round = 0; round < PRUNINGS && again; round++) {
		again = false;
		for (uint32_t i = 0; i < s->n_edges; i++) {
			struct edge *e = &s->edges[i];

			if (e->dead || (in[e->from] && out[e->to]))
				continue;
			e->dead = again = true;
			out[e->from]--;
			in[e->to]--;
		}
	}
	free(in);
	free(out);
}

/* --- can all of its threads be there? --- */

static const struct lockorder_pair *pair_of(const struct search *s, uint32_t i)
{
	return &s->pairs[s->path[i]->pair];
}

/* Does the thread of `a` wait while the one of `b` has the lock? */
static bool waits_for(const struct lockorder_pair *a, const struct lockorder_pair *b)
{
	return !(a->key.shared & SECOND_SHARED) || !(b->key.shared & FIRST_SHARED);
}

/* Both must have the same third lock, or one of them what the other has. */
static bool keeps_out(const struct lockorder_pair *a, const struct lockorder_pair *b)
{
	return (a->value.gate &&
		(a->value.gate == b->value.gate || a->value.gate == b->key.first)) ||
	       (b->value.gate && b->value.gate == a->key.first);
}

/* The last one of the path, with those before. */
static bool may_be_with(const struct search *s, uint32_t last)
{
	const struct lockorder_pair *pair = pair_of(s, last);

	if (last && !waits_for(pair_of(s, last - 1), pair))
		return false;
	if (last + 1 == s->length && !waits_for(pair, pair_of(s, 0)))
		return false;
	for (uint32_t i = 0; i < last; i++)
		if (keeps_out(pair_of(s, i), pair))
			return false;
	return true;
}

struct threads {
	uint32_t given[HP_USELOCK_RING]; /* to each pair of the path; 0: none yet */
	uint32_t seen[RING_TIDS];
	uint32_t n_seen;
};

static bool see_thread(struct threads *t, uint32_t tid)
{
	for (uint32_t i = 0; i < t->n_seen; i++)
		if (t->seen[i] == tid)
			return false;
	if (t->n_seen < RING_TIDS)
		t->seen[t->n_seen++] = tid;
	return true;
}

/* Gives the pair a thread of its own; who has that already gets another. */
static bool give_thread(const struct search *s, struct threads *t, uint32_t i)
{
	const uint32_t *tids = pair_of(s, i)->value.tids;

	for (uint32_t k = 0; k < HP_USELOCK_RING && tids[k]; k++) {
		uint32_t other = 0;

		if (!see_thread(t, tids[k]))
			continue;
		while (other < s->length && t->given[other] != tids[k])
			other++;
		if (other < s->length && !give_thread(s, t, other))
			continue;
		t->given[i] = tids[k];
		return true;
	}
	return false;
}

static bool has_threads(const struct search *s)
{
	struct threads t = {0};

	for (uint32_t i = 0; i < s->length; i++) {
		t.n_seen = 0;
		if (!give_thread(s, &t, i))
			return false;
	}
	return true;
}

/* --- rings --- */

/* Are all of its locks in the path? */
static bool is_within(const struct search *s, const struct lockorder_ring *ring)
{
	for (uint32_t i = 0; i < ring->n; i++) {
		const struct lockorder_pair *pair = &s->pairs[ring->pairs[i]];
		struct node node = node_of(pair, pair->key.first);
		uint32_t k = 0;

		while (k < s->length && compare_nodes(&s->nodes[s->path[k]->from], &node))
			k++;
		if (k == s->length)
			return false;
	}
	return true;
}

static void add_ring(struct search *s)
{
	struct lockorder_ring ring = {.n = s->length};
	const struct lockorder_ring *r;

	if (!has_threads(s))
		return;
	s->steps += s->length > 2 ? s->order->rings.n : 0;
	vec_each(r, &s->order->rings)
		if (is_within(s, r))
			return;
	if (s->order->rings.n == LOCKORDER_MAX) {
		s->order->cut = true;
		return;
	}
	for (uint32_t i = 0; i < s->length; i++)
		ring.pairs[i] = s->path[i]->pair;
	vec_push(&s->order->rings, ring);
}

/* The first edge of a node that leads to `to` or a later one. */
static uint32_t edge_to(const struct search *s, uint32_t from, uint32_t to)
{
	uint32_t low = s->first[from], high = s->first[from + 1];

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (s->edges[middle].to < to)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The path has `n` edges; each ring begins with the first of its locks. At most HP_USELOCK_RING
 * deep. */
static void extend(struct search *s, uint32_t n)
{
	uint32_t start = s->path[0]->from, here = s->path[n - 1]->to;
	bool last = n + 1 == s->length;

	for (uint32_t e = edge_to(s, here, last ? start : start + 1); e < s->first[here + 1]; e++) {
		const struct edge *edge = &s->edges[e];
		bool used = false;

		if (last && edge->to != start)
			return;
		if (s->length > 2 && s->steps++ > LOCKORDER_STEPS) {
			s->order->cut = true;
			return;
		}
		for (uint32_t i = 1; i < n && !used; i++)
			used = s->path[i]->from == edge->to;
		if (edge->dead || used || edge->to == here)
			continue;
		s->path[n] = edge;
		if (!may_be_with(s, n))
			continue;
		if (last)
			add_ring(s);
		else
			extend(s, n + 1);
	}
}

void lockorder_find(const struct lockorder_pair *pairs, size_t n, struct lockorder *ret_order)
{
	struct search s = {.pairs = pairs, .order = ret_order};

	*ret_order = (struct lockorder){0};
	if (!n)
		return;
	make_nodes(&s, n);
	make_edges(&s, n);
	prune(&s);
	for (s.length = 2; s.length <= HP_USELOCK_RING && !ret_order->cut; s.length++)
		for (uint32_t e = 0; e < s.n_edges && !ret_order->cut; e++) {
			s.path[0] = &s.edges[e];
			if (!s.edges[e].dead && s.edges[e].to > s.edges[e].from)
				extend(&s, 1);
		}
	free(s.nodes);
	free(s.edges);
	free(s.first);
}

void lockorder_done(struct lockorder *order)
{
	vec_done(&order->rings);
}
