// SPDX-License-Identifier: GPL-2.0-or-later
#include "sym/jitcode.h"

#include <stdbool.h>
#include <stdlib.h>

#include "util/mem.h"

/* The pieces between neighbouring ends of all entries, in the order of their addresses. */
struct pieces {
	uint64_t *edges; /* piece i begins at edges[i] */
	uint32_t *next;	 /* the first untaken piece from i on, by way of others */
	size_t n;
};

static int compare_edges(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void cut(struct pieces *p, const struct jitcode *code)
{
	const struct jitcode_entry *entry;
	size_t n = 0, i;

	p->edges = mem_array(2 * code->list.n, sizeof(*p->edges));
	vec_each(entry, &code->list) {
		p->edges[n++] = entry->start;
		p->edges[n++] = entry->end;
	}
	qsort(p->edges, n, sizeof(*p->edges), compare_edges);
	for (i = 0; i < n; i++)
		if (!i || p->edges[i] != p->edges[p->n - 1])
			p->edges[p->n++] = p->edges[i];
	p->next = mem_array(p->n + 1, sizeof(*p->next));
	for (i = 0; i <= p->n; i++)
		p->next[i] = (uint32_t)i;
}

static size_t piece_at(const struct pieces *p, uint64_t edge)
{
	size_t low = 0, high = p->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (p->edges[middle] < edge)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static size_t untaken(struct pieces *p, size_t i)
{
	while (p->next[i] != i) {
		p->next[i] = p->next[p->next[i]]; /* shortens the way for those who follow */
		i = p->next[i];
	}
	return i;
}

/* Takes all pieces of the entry; false when some had been taken before. */
static bool take(struct pieces *p, const struct jitcode_entry *entry)
{
	size_t first = piece_at(p, entry->start), last = piece_at(p, entry->end), n = 0, i;

	for (i = untaken(p, first); i < last; i = untaken(p, i)) {
		p->next[i] = (uint32_t)i + 1;
		n++;
	}
	return n == last - first;
}

void jitcode_add(struct jitcode *code, uint64_t start, uint64_t size, uint32_t name)
{
	struct jitcode_entry entry = {start, start + size, name};

	if (size && entry.end > start)
		vec_push(&code->list, entry);
}

/* Newest first: what finds its place taken is void, and takes the rest of it all the same. */
void jitcode_finish(struct jitcode *code, struct symtab *table)
{
	struct pieces pieces = {0};
	size_t i = code->list.n;

	cut(&pieces, code);
	while (i--) {
		const struct jitcode_entry *entry = &code->list.at[i];

		if (take(&pieces, entry))
			symtab_add(table, entry->start, entry->end - entry->start, SYMTAB_GLOBAL,
				   entry->name);
	}
	free(pieces.edges);
	free(pieces.next);
	vec_done(&code->list);
	symtab_finish(table, NULL, 0);
}
