// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/rank.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define NO_LABELS    "[no process known]"
#define NO_REASON    "[no wait]"
#define NO_WAKER     "[not known]"
#define NO_LOCK	     "[no lock]"
#define SHORT_ID_LEN 12 /* of a container id, as the engines show it */

static const char *const by_names[] = {
	[RANK_FUNCTION] = "function",	[RANK_LINE] = "line",	  [RANK_MODULE] = "module",
	[RANK_STACK] = "stack",		[RANK_THREAD] = "thread", [RANK_PROCESS] = "process",
	[RANK_CONTAINER] = "container", [RANK_REASON] = "reason", [RANK_WAKER] = "waker",
	[RANK_LOCK] = "lock",		[RANK_HOLDER] = "holder",
};

const char *rank_by_name(enum rank_by by)
{
	return by_names[by];
}

static void row_add(struct rank_row *row, int64_t self, int64_t cumulative)
{
	row->self = profile_sum(row->self, self);
	row->cumulative = profile_sum(row->cumulative, cumulative);
}

/* --- by frame: function, line, module --- */

static void add_frames(struct rank *r, const struct profile *p, uint32_t value)
{
	uint32_t *seen = mem_array(r->frames.at.n, sizeof(*seen)); /* sample number + 1 */

	for (uint32_t i = 0; i < p->samples.n; i++) {
		const struct profile_sample *s = &p->samples.at[i];
		const struct profile_span *stack = &p->stacks.at[s->stack];
		int64_t v = s->values[value];

		for (uint32_t j = 0; j < stack->n; j++) {
			uint32_t n;
			const uint32_t *number =
				frame_set_numbers(&r->frames, p->frames.at[stack->first + j], &n);

			if (!j)
				row_add(&r->rows.at[number[0]], v, 0);
			for (uint32_t k = 0; k < n; k++) {
				if (seen[number[k]] == i + 1)
					continue;
				seen[number[k]] = i + 1;
				row_add(&r->rows.at[number[k]], 0, v);
			}
		}
	}
	free(seen);
}

static const char *line_label(struct rank *r, const struct frame *f, struct buf *text)
{
	const char *name = intern_str(&r->frames.text, f->name);
	const char *file = intern_str(&r->frames.text, f->file);
	const char *slash = strrchr(file, '/');

	if (!*file)
		return name;
	buf_clear(text);
	buf_printf(text, "%s %s", name, slash ? slash + 1 : file);
	if (f->line)
		buf_printf(text, ":%" PRId64, f->line);
	return intern_str(&r->text, intern_add(&r->text, buf_str(text)));
}

static void rank_frames(struct rank *r, const struct profile *p, enum rank_by by, uint32_t value)
{
	enum frame_by frame_by = by == RANK_LINE     ? FRAME_LINE
				 : by == RANK_MODULE ? FRAME_MODULE
						     : FRAME_FUNCTION;
	struct buf text = {0};
	const struct frame *f;

	frame_set_init(&r->frames, p, frame_by);
	vec_each(f, &r->frames.at) {
		struct rank_row row = {
			.module = by == RANK_MODULE ? "" : intern_str(&r->frames.text, f->module),
			.file = intern_str(&r->frames.text, f->file),
			.line = f->line,
			.named = f->named,
			.kernel = f->kernel,
			.stack = PROFILE_NONE,
			.label_set = PROFILE_NONE,
		};

		row.label = by == RANK_LINE ? line_label(r, f, &text)
					    : intern_str(&r->frames.text, f->name);
		vec_push(&r->rows, row);
	}
	add_frames(r, p, value);
	buf_done(&text);
}

/* --- by a text a sample: stack, thread, process, container --- */

const char *rank_label(const struct profile *p, uint32_t label_set, const char *key)
{
	const struct profile_label *l = profile_label(p, label_set, intern_find(&p->strings, key));

	return l ? profile_str(p, l->str) : "";
}

bool rank_label_number(const struct profile *p, uint32_t label_set, const char *key,
		       int64_t *ret_number)
{
	const struct profile_label *l = profile_label(p, label_set, intern_find(&p->strings, key));
	char *end;

	if (!l)
		return false;
	if (!l->str) {
		*ret_number = l->num;
		return true;
	}
	errno = 0;
	*ret_number = strtoll(profile_str(p, l->str), &end, 10);
	return !errno && end != profile_str(p, l->str) && !*end;
}

static void stack_label(const struct profile *p, uint32_t stack, struct buf *out)
{
	const struct profile_span *span = &p->stacks.at[stack];

	for (uint32_t i = span->n; i-- > 0;) {
		uint32_t location = p->frames.at[span->first + i];

		for (uint32_t j = frame_count(p, location); j-- > 0;) {
			if (out->len)
				buf_putc(out, ';');
			frame_name(p, location, j, out);
		}
	}
	if (!span->n)
		buf_puts(out, FRAME_UNKNOWN);
}

static void process_label(const struct profile *p, uint32_t set, struct buf *out)
{
	const char *comm = rank_label(p, set, "comm");
	bool known;
	int64_t pid;

	known = rank_label_number(p, set, "pid", &pid);
	if (known)
		buf_printf(out, "%s (%" PRId64 ")", *comm ? comm : FRAME_UNKNOWN, pid);
	else
		buf_puts(out, *comm ? comm : NO_LABELS);
}

static void thread_label(const struct profile *p, uint32_t set, struct buf *out)
{
	const char *thread = rank_label(p, set, "thread");
	bool known;
	int64_t tid;

	process_label(p, set, out);
	known = rank_label_number(p, set, "tid", &tid);
	if (known)
		buf_printf(out, " / %s (%" PRId64 ")", *thread ? thread : FRAME_UNKNOWN, tid);
	else if (*thread)
		buf_printf(out, " / %s", thread);
}

static void container_label(const struct profile *p, uint32_t set, struct buf *out)
{
	const char *name = rank_label(p, set, "container");
	const char *id = rank_label(p, set, "container_id");
	bool process;
	int64_t pid;

	process = *rank_label(p, set, "comm") || rank_label_number(p, set, "pid", &pid);
	if (*name)
		buf_puts(out, name);
	else if (*id)
		buf_printf(out, "%.*s", SHORT_ID_LEN, id);
	else
		buf_puts(out, process ? "[host]" : NO_LABELS);
}

static void plain_label(const struct profile *p, uint32_t set, const char *key, const char *none,
			struct buf *out)
{
	const char *text = rank_label(p, set, key);

	buf_puts(out, *text ? text : none);
}

/* The row of this text, added when new. Ids of `text` are row + 1, since no text is empty. */
static uint32_t text_row(struct rank *r, const struct buf *text)
{
	uint32_t id = intern_add(&r->text, buf_str(text));
	struct rank_row row = {
		.label = intern_str(&r->text, id),
		.module = "",
		.file = "",
		.stack = PROFILE_NONE,
		.label_set = PROFILE_NONE,
	};

	if (id > r->rows.n)
		vec_push(&r->rows, row);
	return id - 1;
}

static uint32_t key_row(struct rank *r, const struct profile *p, enum rank_by by, uint32_t key,
			struct buf *text)
{
	uint32_t row;

	buf_clear(text);
	switch (by) {
	case RANK_STACK: stack_label(p, key, text); break;
	case RANK_THREAD: thread_label(p, key, text); break;
	case RANK_PROCESS: process_label(p, key, text); break;
	case RANK_REASON: plain_label(p, key, "reason", NO_REASON, text); break;
	case RANK_WAKER: plain_label(p, key, "waker", NO_WAKER, text); break;
	case RANK_LOCK: plain_label(p, key, "lock", NO_LOCK, text); break;
	case RANK_HOLDER: plain_label(p, key, "holder", NO_WAKER, text); break;
	default: container_label(p, key, text); break;
	}
	row = text_row(r, text);
	if (by == RANK_STACK)
		r->rows.at[row].stack = key;
	else
		r->rows.at[row].label_set = key;
	return row;
}

static void rank_texts(struct rank *r, const struct profile *p, enum rank_by by, uint32_t value)
{
	uint32_t n = (uint32_t)(by == RANK_STACK ? p->stacks.n : p->label_sets.n);
	uint32_t *row_of = mem_array(n, sizeof(*row_of));
	const struct profile_sample *s;
	struct buf text = {0};

	for (uint32_t i = 0; i < n; i++)
		row_of[i] = key_row(r, p, by, i, &text);
	vec_each(s, &p->samples) {
		uint32_t row = row_of[by == RANK_STACK ? s->stack : s->label_set];

		row_add(&r->rows.at[row], s->values[value], s->values[value]);
	}
	free(row_of);
	buf_done(&text);
}

static int compare_rows(const struct rank_row *a, const struct rank_row *b)
{
	int order = strcmp(a->label, b->label);

	if (!order)
		order = strcmp(a->module, b->module);
	return order ? order : strcmp(a->file, b->file);
}

static int by_self(const void *left, const void *right)
{
	const struct rank_row *a = left, *b = right;

	if (a->self != b->self)
		return a->self > b->self ? -1 : 1;
	if (a->cumulative != b->cumulative)
		return a->cumulative > b->cumulative ? -1 : 1;
	return compare_rows(a, b);
}

static int by_cumulative(const void *left, const void *right)
{
	const struct rank_row *a = left, *b = right;

	if (a->cumulative != b->cumulative)
		return a->cumulative > b->cumulative ? -1 : 1;
	if (a->self != b->self)
		return a->self > b->self ? -1 : 1;
	return compare_rows(a, b);
}

void rank_sort(struct rank *r, bool cumulative)
{
	if (r->rows.n)
		qsort(r->rows.at, r->rows.n, sizeof(*r->rows.at),
		      cumulative ? by_cumulative : by_self);
}

struct rank *rank_new(const struct profile *p, enum rank_by by, uint32_t value)
{
	struct rank *r = mem_zalloc(sizeof(*r));
	struct rank_row *row;
	size_t kept = 0;

	r->total = profile_total(p, value);
	if (by == RANK_FUNCTION || by == RANK_LINE || by == RANK_MODULE)
		rank_frames(r, p, by, value);
	else
		rank_texts(r, p, by, value);
	vec_each(row, &r->rows)
		if (row->self || row->cumulative)
			r->rows.at[kept++] = *row;
	r->rows.n = kept;
	rank_sort(r, false);
	return r;
}

void rank_free(struct rank *r)
{
	if (!r)
		return;
	vec_done(&r->rows);
	frame_set_done(&r->frames);
	intern_done(&r->text);
	free(r);
}
