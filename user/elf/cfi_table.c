// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "elf/cfi.h"
#include "elf/cfi_run.h"

_Static_assert(sizeof(struct cfi_rule) == 5 * 12 + 4, "no padding: rules are compared as bytes");

void cfi_init(struct cfi_table *t)
{
	struct cfi_rule none = {0}, broken = {.cfa.how = CFI_OTHER};

	*t = (struct cfi_table){0};
	vec_push(&t->rules, none);
	vec_push(&t->rules, broken);
}

void cfi_done(struct cfi_table *t)
{
	vec_done(&t->rules);
	vec_done(&t->rows);
	hash_index_done(&t->index);
	*t = (struct cfi_table){0};
}

static bool same_rule(const void *owner, uint32_t id, const void *key)
{
	const struct cfi_table *t = owner;

	return !memcmp(&t->rules.at[id], key, sizeof(struct cfi_rule));
}

/* Where a rule is that came lately, if it did: most do again and again. */
static uint32_t *recent_of(struct cfi_table *t, const struct cfi_rule *rule)
{
	uint32_t word = (uint32_t)rule->cfa.n ^ (uint32_t)rule->rbp.n << 8 ^
			(uint32_t)rule->rbx.n << 16 ^ (uint32_t)rule->cfa.reg << 24;

	return &t->recent[word * 0x9e3779b9u >> 16 & (CFI_RECENT_RULES - 1)];
}

int cfi_table_rule(struct cfi_table *t, const struct cfi_rule *rule, uint32_t *ret_rule)
{
	uint32_t *recent = recent_of(t, rule), id;
	uint64_t hash;

	if (*recent > CFI_RULE_BROKEN && same_rule(t, *recent, rule)) {
		*ret_rule = *recent;
		return 0;
	}
	hash = hash_index_bytes(&t->index, rule, sizeof(*rule));
	id = hash_index_find(&t->index, hash, same_rule, t, rule);
	if (id == HASH_NONE) {
		if (t->rules.n >= CFI_MAX_RULES)
			return -EFBIG;
		id = (uint32_t)t->rules.n;
		vec_push(&t->rules, *rule);
		hash_index_add(&t->index, hash, id);
	}
	*ret_rule = *recent = id;
	return 0;
}

int cfi_table_row(struct cfi_table *t, uint64_t start, uint32_t rule)
{
	struct cfi_row row = {start, rule, rule != CFI_RULE_NONE && t->debug};
	size_t n = t->rows.n;

	if (n && t->rows.at[n - 1].start == start)
		t->rows.n = --n; /* the row before it was empty */
	if (n ? t->rows.at[n - 1].rule == rule && t->rows.at[n - 1].debug == row.debug
	      : rule == CFI_RULE_NONE)
		return 0;
	if (n >= CFI_MAX_ROWS)
		return -EFBIG;
	vec_push(&t->rows, row);
	return 0;
}

size_t cfi_row_find(const struct cfi_table *t, uint64_t address)
{
	size_t low = 0, high = t->rows.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (t->rows.at[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

uint32_t cfi_find(const struct cfi_table *t, uint64_t address)
{
	size_t row = cfi_row_find(t, address);

	return row ? t->rows.at[row - 1].rule : CFI_RULE_NONE;
}

struct cfi_piece cfi_piece_next(const struct cfi_table *t, size_t *row, uint64_t start,
				uint64_t end)
{
	struct cfi_piece piece = {.start = start, .end = end, .rule = CFI_RULE_NONE};

	while (*row < t->rows.n && t->rows.at[*row].start <= start)
		++*row;
	if (*row) {
		piece.rule = t->rows.at[*row - 1].rule;
		piece.debug = t->rows.at[*row - 1].debug;
	}
	if (*row < t->rows.n && t->rows.at[*row].start < end)
		piece.end = t->rows.at[*row].start;
	return piece;
}

int cfi_table_merge(struct cfi_table *t, const struct cfi_table *eh, const struct cfi_table *debug)
{
	size_t eh_row = 0, debug_row = 0;
	uint64_t at = 0;

	while (at < UINT64_MAX) {
		struct cfi_piece first = cfi_piece_next(eh, &eh_row, at, UINT64_MAX);
		struct cfi_piece second = cfi_piece_next(debug, &debug_row, at, first.end);
		int err;

		t->debug = first.rule == CFI_RULE_NONE;
		err = cfi_table_row(t, at, t->debug ? second.rule : first.rule);
		if (err)
			return err;
		at = second.end;
	}
	return 0;
}
