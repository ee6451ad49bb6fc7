// SPDX-License-Identifier: GPL-2.0-or-later
/* The half of `report --list` that shows source lines. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/list_build.h"
#include "proc/open.h"

#define MARGIN	    5	/* lines shown before the first and behind the last one with samples */
#define MAX_GAP	    200 /* lines without samples in a row that are shown */
#define MAX_OPENING 200 /* lines between a function's first line and the first one with samples */

#define NO_LINE	     "(code without a line number)"
#define PAST_THE_END "(not in the file)"

static int need_source(struct list_builder *b, const char *file)
{
	if (b->source_file && !strcmp(b->source_file, file))
		return b->source_err;
	source_text_done(&b->source);
	b->source_file = file;
	b->source_err = source_text_read(b->source_path, file, &b->source);
	return b->source_err;
}

static void push_line(struct list_builder *b, struct list_block *block, uint64_t number,
		      const struct listing_line *sampled)
{
	struct list_row row = {.at = number};
	struct buf text = {0};

	if (!number)
		buf_puts(&text, NO_LINE);
	else if (number > b->source.starts.n)
		buf_puts(&text, PAST_THE_END);
	else
		source_text_line(&b->source, number, &text);
	if (sampled) {
		row.self = sampled->self;
		row.cumulative = sampled->cumulative;
	}
	row.text = intern_add(&b->list->texts, buf_str(&text));
	buf_done(&text);
	vec_push(&block->rows, row);
}

/* Lines [from, to) that have no samples. */
static void push_between(struct list_builder *b, struct list_block *block, uint64_t from,
			 uint64_t to)
{
	uint64_t end = b->source.starts.n + 1;
	struct list_row skipped = {0};

	if (to > end)
		to = end;
	if (to > from && to - from > MAX_GAP) {
		skipped.skipped = to - from - 2 * MARGIN;
		push_between(b, block, from, from + MARGIN);
		vec_push(&block->rows, skipped);
		from = to - MARGIN;
	}
	for (; from < to; from++)
		push_line(b, block, from, NULL);
}

/* The function's first line, when that is likely, else a few lines before the first sample. */
static uint64_t first_line(const struct listing_function *f, uint64_t sampled)
{
	uint64_t start = (uint64_t)f->start_line;

	if (start && start <= sampled && sampled - start <= MAX_OPENING)
		return start;
	return sampled > MARGIN ? sampled - MARGIN : 1;
}

static void push_lines(struct list_builder *b, const struct listing_function *f,
		       struct list_block *block)
{
	const struct listing_line *at = &b->listing->lines.at[f->lines.first];
	const struct listing_line *end = at + f->lines.n;
	uint64_t next = 0;

	for (; at < end; at++) {
		uint64_t line = (uint64_t)at->line;

		if (!at->self && !at->cumulative)
			continue;
		if (line)
			push_between(b, block, next ? next : first_line(f, line), line);
		push_line(b, block, line, at);
		next = line ? line + 1 : 0;
	}
	if (next)
		push_between(b, block, next, next + MARGIN);
}

/* Lines of a file that was edited since tell lies. */
static void add_warnings(struct list_builder *b, const struct listing_function *f,
			 struct list_block *block)
{
	const struct listing_line *last = &b->listing->lines.at[f->lines.first + f->lines.n - 1];
	uint32_t mapping = b->listing->places.at[f->places.first].mapping;
	const char *path = b->source.path ? b->source.path : f->file;
	struct code *code = list_code_open(b, mapping);
	int64_t built = code ? code_time_ns(code) : 0;
	char *text = NULL;

	if (built && b->source.time_ns > built)
		text = mem_printf("warning: %s is newer than %s: the lines may not fit", path,
				  profile_str(b->p, b->p->mappings.at[mapping].file));
	else if (!built && b->p->time_ns && b->source.time_ns > b->p->time_ns)
		text = mem_printf("warning: %s is newer than the recording: the lines may not fit",
				  path);
	if (text)
		list_note(b, block, text);
	free(text);
	if ((uint64_t)last->line <= b->source.starts.n)
		return;
	text = mem_printf("warning: %s has only %zu lines: it is not what the binary was built "
			  "from",
			  path, b->source.starts.n);
	list_note(b, block, text);
	free(text);
}

int list_source_add(struct list_builder *b, const struct listing_function *f,
		    struct list_part *part, struct buf *why)
{
	struct list_block block = {.form = LIST_SOURCE};
	char *title;
	int err;

	if (!f->lines.n || !*f->file)
		return -ENOENT;
	err = need_source(b, f->file);
	if (err) {
		buf_printf(why, "no source: cannot read %s: %s", f->file,
			   err == -EFBIG ? "larger than can be shown" : open_why(err));
		return err;
	}
	if (b->source.path && strcmp(b->source.path, f->file)) {
		title = mem_printf("source: %s", b->source.path);
		block.title = intern_add(&b->list->texts, title);
		free(title);
	}
	add_warnings(b, f, &block);
	push_lines(b, f, &block);
	vec_push(&part->blocks, block);
	return 0;
}
