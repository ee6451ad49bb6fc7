// SPDX-License-Identifier: GPL-2.0-or-later
#include "elf/lines.h"

#include <string.h>

#include "elf/lines_wire.h"

#define MAX_STRINGS (4u << 20)
#define MAX_FRAMES  (16u << 20)

struct parser {
	const char *at, *end;
	struct lines lines;
	VEC(uint32_t) strings; /* offsets in lines.text, by number */
};

static int next_word(struct parser *p, uint32_t *ret)
{
	if (p->end - p->at < 4)
		return -1;
	memcpy(ret, p->at, 4);
	p->at += 4;
	return 0;
}

static int parse_text(struct parser *p)
{
	uint32_t n;
	size_t padded;

	if (next_word(p, &n) || n > LINES_MAX_TEXT || p->strings.n >= MAX_STRINGS)
		return -1;
	padded = (n + 3) & ~(size_t)3;
	if ((size_t)(p->end - p->at) < padded)
		return -1;
	vec_push(&p->strings, (uint32_t)p->lines.text.len);
	buf_add(&p->lines.text, p->at, n);
	buf_add(&p->lines.text, "", 1);
	p->at += padded;
	return 0;
}

static int parse_string(struct parser *p, uint32_t *ret)
{
	uint32_t number;

	if (next_word(p, &number) || number >= p->strings.n)
		return -1;
	*ret = p->strings.at[number];
	return 0;
}

static int parse_frames(struct parser *p)
{
	struct lines_span span = {.first = (uint32_t)p->lines.frames.n};
	uint32_t address, i;

	if (next_word(p, &address) || next_word(p, &span.n) || address >= p->lines.spans.n ||
	    span.n > LINES_MAX_INLINED || p->lines.frames.n + span.n > MAX_FRAMES)
		return -1;
	for (i = 0; i < span.n; i++) {
		struct lines_frame frame;

		if (parse_string(p, &frame.name) || parse_string(p, &frame.file) ||
		    next_word(p, &frame.line) || next_word(p, &frame.start))
			return -1;
		vec_push(&p->lines.frames, frame);
	}
	p->lines.spans.at[address] = span;
	return 0;
}

static int parse_split(struct parser *p)
{
	uint32_t path;

	if (parse_string(p, &path) || p->lines.splits.n >= LINES_MAX_SPLITS)
		return -1;
	vec_push(&p->lines.splits, path);
	return 0;
}

void lines_parse(const void *bytes, size_t size, size_t n, struct lines *ret_lines)
{
	struct parser p = {.at = bytes, .end = (const char *)bytes + size};
	uint32_t type;
	int err = 0;

	buf_add(&p.lines.text, "", 1);
	vec_push(&p.strings, 0);
	p.lines.spans.at = mem_array(n, sizeof(*p.lines.spans.at));
	p.lines.spans.n = p.lines.spans.cap = n;
	while (!err && !next_word(&p, &type))
		err = type == LINES_TEXT     ? parse_text(&p)
		      : type == LINES_FRAMES ? parse_frames(&p)
		      : type == LINES_SPLIT  ? parse_split(&p)
					     : -1;
	vec_done(&p.strings);
	*ret_lines = p.lines;
}

void lines_done(struct lines *lines)
{
	vec_done(&lines->frames);
	vec_done(&lines->spans);
	vec_done(&lines->splits);
	buf_done(&lines->text);
}
