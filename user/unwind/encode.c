// SPDX-License-Identifier: GPL-2.0-or-later
#include "unwind/encode.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* One page of text: its spans, by position; the first may start before the page. */
struct page {
	uint64_t start;
	size_t first, end; /* spans */
};

/* What encoder_finish() works on. */
struct output {
	const struct encoder *e;
	uint32_t *used; /* by rule: in how many places of the blob */
	uint32_t *ids;	/* by rule: its position in the palette */
	uint32_t n_ids;
	struct unwind_blob blob;
	uint64_t pages;
};

void encoder_init(struct encoder *e)
{
	union hp_unwind_rule none = {.word = HP_UNWIND_NONE};
	uint32_t unused;

	*e = (struct encoder){0};
	encoder_rule(e, none, &unused);
}

void encoder_done(struct encoder *e)
{
	vec_done(&e->spans);
	vec_done(&e->rules);
	hash_index_done(&e->index);
	*e = (struct encoder){0};
}

static bool same_rule(const void *owner, uint32_t id, const void *key)
{
	const struct encoder *e = owner;
	const union hp_unwind_rule *rule = key;

	return e->rules.at[id].word == rule->word;
}

int encoder_rule(struct encoder *e, union hp_unwind_rule rule, uint32_t *ret_rule)
{
	uint64_t hash = hash_index_words(&e->index, rule.word);
	uint32_t id = hash_index_find(&e->index, hash, same_rule, e, &rule);

	if (id == HASH_NONE) {
		if (e->rules.n > HP_UNWIND_MAX_ID)
			return -EFBIG;
		id = (uint32_t)e->rules.n;
		vec_push(&e->rules, rule);
		hash_index_add(&e->index, hash, id);
	}
	*ret_rule = id;
	return 0;
}

static void add_span(struct encoder *e, uint64_t start, uint32_t rule)
{
	struct encode_span span = {start, rule};

	if (!e->spans.n || e->spans.at[e->spans.n - 1].rule != rule)
		vec_push(&e->spans, span);
}

void encoder_add(struct encoder *e, uint64_t start, uint64_t end, uint32_t rule)
{
	if (e->spans.n && start < e->end)
		start = e->end;
	if (start >= end)
		return;
	if (e->spans.n && start > e->end)
		add_span(e, e->end, 0);
	add_span(e, start, rule);
	e->end = end;
}

/* Calls each(out, page) for every page from the first span's to the last span's end. */
static int each_page(struct output *out, int (*each)(struct output *out, const struct page *page))
{
	const struct encoder *e = out->e;
	uint64_t start = e->spans.at[0].start & ~(uint64_t)(HP_UNWIND_PAGE - 1);
	struct page page = {start, 0, 0};

	for (uint64_t i = 0; i < out->pages; i++, page.start += HP_UNWIND_PAGE) {
		int err;

		while (page.end < e->spans.n &&
		       e->spans.at[page.end].start < page.start + HP_UNWIND_PAGE)
			page.end++;
		err = each(out, &page);
		if (err)
			return err;
		/* The last span reaches into the next page, unless one starts just there. */
		page.first = page.end - 1;
		if (page.end < e->spans.n &&
		    e->spans.at[page.end].start == page.start + HP_UNWIND_PAGE)
			page.first = page.end;
	}
	return 0;
}

/* The first page may begin with code that no span covers. */
static bool begins_bare(const struct output *out, const struct page *page)
{
	return out->e->spans.at[page->first].start > page->start;
}

static int count_page(struct output *out, const struct page *page)
{
	if (begins_bare(out, page))
		out->used[0]++;
	for (size_t i = page->first; i < page->end; i++)
		out->used[out->e->spans.at[i].rule]++;
	return 0;
}

struct usage {
	uint32_t used, rule;
	uint64_t word;
};

/* Most used first; then by content, so that the same file makes the same blob. */
static int order_usage(const void *left, const void *right)
{
	const struct usage *a = left, *b = right;

	if (a->used != b->used)
		return a->used > b->used ? -1 : 1;
	return (a->word > b->word) - (a->word < b->word);
}

static void put_palette(struct output *out)
{
	const struct encoder *e = out->e;
	struct usage *order = mem_array(e->rules.n, sizeof(*order));
	uint32_t pad = 0;

	for (size_t i = 0; i < e->rules.n; i++)
		order[i] = (struct usage){out->used[i], (uint32_t)i, e->rules.at[i].word};
	qsort(order, e->rules.n, sizeof(*order), order_usage);
	if (out->blob.bytes.len % sizeof(uint64_t))
		buf_add(&out->blob.bytes, &pad, sizeof(pad));
	out->blob.table.palette = (uint32_t)out->blob.bytes.len;
	for (size_t i = 0; i < e->rules.n && order[i].used; i++) {
		out->ids[order[i].rule] = out->n_ids++;
		buf_add(&out->blob.bytes, &order[i].word, sizeof(order[i].word));
	}
	free(order);
}

struct block {
	uint32_t n, wide;
	uint8_t starts[HP_UNWIND_PAGE];
	uint16_t ids[HP_UNWIND_PAGE];
};

static void add_to_block(struct block *block, uint64_t start, uint32_t id)
{
	block->starts[block->n] = (uint8_t)start;
	block->ids[block->n++] = (uint16_t)id;
	if (id > UINT8_MAX)
		block->wide = HP_UNWIND_WIDE;
}

static void put_block(struct output *out, const struct block *block, uint32_t *ret_place)
{
	static const char zeros[HP_UNWIND_MAX_BLOCK];
	struct buf *bytes = &out->blob.bytes;
	uint32_t n = block->n, size = 2 * n;
	uint8_t made[HP_UNWIND_MAX_BLOCK];

	made[0] = (uint8_t)(n - 1);
	memcpy(made + 1, block->starts + 1, n - 1);
	if (block->wide) {
		memcpy(made + n, block->ids, n * sizeof(*block->ids));
		size = 3 * n;
	} else {
		for (uint32_t i = 0; i < n; i++)
			made[n + i] = (uint8_t)block->ids[i];
	}
	if (bytes->len % HP_ARENA_CHUNK + size > HP_ARENA_CHUNK)
		buf_add(bytes, zeros, HP_ARENA_CHUNK - bytes->len % HP_ARENA_CHUNK);
	*ret_place = (uint32_t)bytes->len;
	buf_add(bytes, made, size);
}

static int put_page(struct output *out, const struct page *page)
{
	const struct encode_span *spans = out->e->spans.at;
	struct block block = {.n = 0};
	uint32_t word;
	size_t at;

	if (begins_bare(out, page))
		add_to_block(&block, 0, out->ids[0]);
	for (size_t i = page->first; i < page->end; i++) {
		uint64_t start = spans[i].start > page->start ? spans[i].start - page->start : 0;

		add_to_block(&block, start, out->ids[spans[i].rule]);
	}
	if (block.n == 1) {
		word = HP_UNWIND_ONE_RULE | block.ids[0];
	} else {
		put_block(out, &block, &word);
		word |= block.wide;
	}
	if (out->blob.bytes.len > ENCODE_MAX_BLOB)
		return -EFBIG;
	at = (page->start >> HP_UNWIND_PAGE_SHIFT) - out->blob.table.first;
	memcpy(out->blob.bytes.data + at * sizeof(word), &word, sizeof(word));
	return 0;
}

int encoder_finish(struct encoder *e, struct unwind_blob *ret_blob)
{
	struct output out = {.e = e};
	uint64_t first;
	int err;

	if (!e->spans.n)
		return -ENODATA;
	add_span(e, e->end, 0);
	first = e->spans.at[0].start >> HP_UNWIND_PAGE_SHIFT;
	out.pages = ((e->end - 1) >> HP_UNWIND_PAGE_SHIFT) - first + 1;
	if (out.pages > ENCODE_MAX_PAGES || first > UINT32_MAX)
		return -EFBIG;
	out.used = mem_array(e->rules.n, sizeof(*out.used));
	out.ids = mem_array(e->rules.n, sizeof(*out.ids));
	out.blob.table.first = (uint32_t)first;
	out.blob.table.pages = (uint32_t)out.pages;
	out.blob.bytes.data = mem_zalloc(out.pages * sizeof(uint32_t) + 1);
	out.blob.bytes.len = out.pages * sizeof(uint32_t);
	out.blob.bytes.cap = out.blob.bytes.len + 1;
	each_page(&out, count_page);
	put_palette(&out);
	err = each_page(&out, put_page);
	free(out.used);
	free(out.ids);
	if (err)
		unwind_blob_done(&out.blob);
	else
		*ret_blob = out.blob;
	return err;
}

void unwind_blob_done(struct unwind_blob *blob)
{
	buf_done(&blob->bytes);
	*blob = (struct unwind_blob){0};
}
