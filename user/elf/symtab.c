// SPDX-License-Identifier: GPL-2.0-or-later
#include "elf/symtab.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "util/mem.h"

_Static_assert(sizeof(struct symbol) == 16, "symbols are kept by the million");

#define MAX_REACH   (1ull << 20)
#define NAME_CHOICE 256 /* bytes of a name that take part in the choice among aliases */

/* A sized symbol that is still open where the next one starts. */
struct open_symbol {
	uint64_t end;
	struct symbol symbol;
};

struct flattener {
	VEC(struct symbol) out;
	VEC(struct open_symbol) open; /* innermost last */
};

void symtab_done(struct symtab *t)
{
	vec_done(&t->symbols);
	buf_done(&t->names);
}

size_t symtab_bytes(const struct symtab *t)
{
	return t->symbols.cap * sizeof(*t->symbols.at) + t->names.cap;
}

void symtab_add(struct symtab *t, uint64_t addr, uint64_t size, unsigned int rank, uint32_t name)
{
	struct symbol s = {.addr = addr, .rank = rank & 7, .name = name};

	s.size = size > SYMTAB_MAX_SIZE ? SYMTAB_MAX_SIZE : (uint32_t)size;
	vec_push(&t->symbols, s);
}

static int compare_addr(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	return (x->addr > y->addr) - (x->addr < y->addr);
}

static void sort(struct symtab *t)
{
	size_t i;

	for (i = 1; i < t->symbols.n; i++)
		if (t->symbols.at[i - 1].addr > t->symbols.at[i].addr)
			break;
	if (i < t->symbols.n)
		qsort(t->symbols.at, t->symbols.n, sizeof(*t->symbols.at), compare_addr);
}

/* Not part of the sort: comparing long hostile names n log n times would take minutes. */
static bool better_name(const char *a, const char *b)
{
	size_t under_a = strspn(a, "_"), under_b = strspn(b, "_");
	size_t len_a = strnlen(a, NAME_CHOICE), len_b = strnlen(b, NAME_CHOICE);

	if (under_a != under_b)
		return under_a < under_b;
	if (len_a != len_b)
		return len_a < len_b;
	return strncmp(a, b, NAME_CHOICE) < 0;
}

static bool better(const struct symtab *t, const struct symbol *a, const struct symbol *b)
{
	bool label_a = a->rank >= SYMTAB_LABEL, label_b = b->rank >= SYMTAB_LABEL;

	if (label_a != label_b)
		return label_b;
	if (!a->size != !b->size)
		return a->size;
	if (a->rank != b->rank)
		return a->rank < b->rank;
	return better_name(symtab_name(t, a), symtab_name(t, b));
}

/* One symbol an address, with the best name and the largest size. Sorted by address before. */
static void choose_names(struct symtab *t)
{
	struct symbol *at = t->symbols.at;
	size_t n = 0, i;

	for (i = 0; i < t->symbols.n; i++) {
		struct symbol *kept = n ? &at[n - 1] : NULL;
		uint32_t size;

		if (!kept || kept->addr != at[i].addr) {
			at[n++] = at[i];
			continue;
		}
		size = kept->size > at[i].size ? kept->size : at[i].size;
		if (better(t, &at[i], kept))
			*kept = at[i];
		kept->size = size & SYMTAB_MAX_SIZE;
	}
	t->symbols.n = n;
}

static void emit(struct flattener *f, struct symbol s, uint64_t addr, uint64_t end)
{
	s.addr = addr;
	s.size = (uint32_t)(end - addr) & SYMTAB_MAX_SIZE;
	/* What was emitted at the very same address turned out to be empty. */
	if (f->out.n && f->out.at[f->out.n - 1].addr == addr)
		f->out.at[f->out.n - 1] = s;
	else
		vec_push(&f->out, s);
}

/* Closes what ends at or before `addr`; whatever encloses it goes on behind it. */
static void close_until(struct flattener *f, uint64_t addr)
{
	while (f->open.n && f->open.at[f->open.n - 1].end <= addr) {
		uint64_t end = f->open.at[--f->open.n].end;
		const struct open_symbol *outer;

		/* One that started before and ended inside is over as well. */
		while (f->open.n && f->open.at[f->open.n - 1].end <= end)
			f->open.n--;
		if (!f->open.n)
			return;
		outer = &f->open.at[f->open.n - 1];
		emit(f, outer->symbol, end, outer->end);
	}
}

static uint64_t reach_end(const struct symtab_range *ranges, size_t n, size_t *range, uint64_t addr)
{
	while (*range < n && ranges[*range].end <= addr)
		++*range;
	if (*range < n && ranges[*range].start <= addr)
		return ranges[*range].end;
	return addr + MAX_REACH < addr ? UINT64_MAX : addr + MAX_REACH;
}

void symtab_finish(struct symtab *t, const struct symtab_range *ranges, size_t n_ranges)
{
	struct flattener f = {0};
	size_t range = 0, i;

	sort(t);
	choose_names(t);
	for (i = 0; i < t->symbols.n; i++) {
		struct symbol s = t->symbols.at[i];
		struct open_symbol open = {s.addr + s.size, s};
		uint64_t end;

		close_until(&f, s.addr);
		if (s.rank == SYMTAB_STOP || (!s.size && f.open.n) || open.end < s.addr)
			continue;
		if (s.size) {
			emit(&f, s, s.addr, open.end);
			vec_push(&f.open, open);
			continue;
		}
		end = reach_end(ranges, n_ranges, &range, s.addr);
		if (i + 1 < t->symbols.n && t->symbols.at[i + 1].addr < end)
			end = t->symbols.at[i + 1].addr;
		if (t->reach && end - s.addr > t->reach)
			end = s.addr + t->reach;
		if (end - s.addr > SYMTAB_MAX_SIZE)
			end = s.addr + SYMTAB_MAX_SIZE;
		emit(&f, s, s.addr, end);
	}
	close_until(&f, UINT64_MAX);
	vec_done(&f.open);
	vec_done(&t->symbols);
	t->symbols.at = f.out.n ? mem_grow(f.out.at, f.out.n, sizeof(*f.out.at)) : f.out.at;
	t->symbols.n = f.out.n;
	t->symbols.cap = f.out.n ? f.out.n : f.out.cap;
}

const struct symbol *symtab_find(const struct symtab *t, uint64_t addr, size_t *cursor)
{
	const struct symbol *at = t->symbols.at;
	size_t low = 0, high = t->symbols.n, step;

	if (cursor && *cursor < high && at[*cursor].addr <= addr) {
		/* Doubling steps up from the last hit: cheap when it is near. */
		low = *cursor;
		for (step = 1; low + step < high && at[low + step].addr <= addr; step *= 2)
			low += step;
		if (low + step < high)
			high = low + step;
	}
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (at[middle].addr <= addr)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return NULL;
	if (cursor)
		*cursor = low - 1;
	return addr - at[low - 1].addr < at[low - 1].size ? &at[low - 1] : NULL;
}
