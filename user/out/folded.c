// SPDX-License-Identifier: GPL-2.0-or-later
#include "out/folded.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "model/frame.h"
#include "out/label.h"
#include "out/out.h"
#include "util/clock.h"

struct line {
	uint32_t text; /* in the interner */
	int64_t value;
};

struct folder {
	const struct profile *p;
	struct frame_set frames;
	struct intern names; /* of frames, as they stand in a line */
	uint32_t *name_of;   /* by frame */
	uint32_t comm_key;
	struct intern texts;
	VEC(struct line) lines; /* line i has text i + 1 */
	struct buf text;
};

static bool type_is(const struct profile *p, uint32_t value, const char *type, const char *unit)
{
	return !strcmp(profile_str(p, p->types[value].type), type) &&
	       !strcmp(profile_str(p, p->types[value].unit), unit);
}

uint32_t folded_default_value(const struct profile *p)
{
	uint32_t samples = profile_find_type(p, "samples");

	if (type_is(p, p->default_type, "cpu", "nanoseconds") && samples != PROFILE_NONE)
		return samples;
	return p->default_type;
}

/* Appends a name that cannot be taken for two, nor for the end of a line. */
static void name_add(struct buf *out, const char *name)
{
	size_t from = out->len;

	label_clean(out, name);
	for (size_t i = from; i < out->len; i++)
		if (out->data[i] == ';')
			out->data[i] = ':';
}

static void frames_name(struct folder *f)
{
	frame_set_init(&f->frames, f->p, FRAME_FUNCTION);
	f->name_of = mem_array(f->frames.at.n, sizeof(*f->name_of));
	for (size_t i = 0; i < f->frames.at.n; i++) {
		const struct frame *frame = &f->frames.at.at[i];

		buf_clear(&f->text);
		name_add(&f->text, intern_str(&f->frames.text, frame->name));
		if (frame->kernel)
			buf_puts(&f->text, "_[k]");
		f->name_of[i] = intern_add(&f->names, buf_str(&f->text));
	}
}

static void sample_fold(struct folder *f, const struct profile_sample *s, int64_t value)
{
	const struct profile_label *comm = profile_label(f->p, s->label_set, f->comm_key);
	const struct profile_span *stack = &f->p->stacks.at[s->stack];
	uint32_t id;

	buf_clear(&f->text);
	if (comm && comm->str)
		name_add(&f->text, profile_str(f->p, comm->str));
	for (uint32_t i = stack->n; i-- > 0;) {
		uint32_t n;
		const uint32_t *number =
			frame_set_numbers(&f->frames, f->p->frames.at[stack->first + i], &n);

		while (n-- > 0) {
			if (f->text.len)
				buf_putc(&f->text, ';');
			buf_puts(&f->text, intern_str(&f->names, f->name_of[number[n]]));
		}
	}
	if (!f->text.len)
		buf_puts(&f->text, FRAME_UNKNOWN);
	id = intern_add(&f->texts, buf_str(&f->text));
	if (id > f->lines.n) {
		struct line line = {.text = id};

		vec_push(&f->lines, line);
	}
	f->lines.at[id - 1].value = profile_sum(f->lines.at[id - 1].value, value);
}

struct sort_key {
	const char *text;
	int64_t value;
};

static int compare_keys(const void *left, const void *right)
{
	const struct sort_key *a = left, *b = right;

	return strcmp(a->text, b->text);
}

/* Waits come in nanoseconds; the usual unit of such graphs is the microsecond. */
static int64_t divisor_of(const struct profile *p, uint32_t value)
{
	static const char *const waits[] = {"off_cpu", "delay", "hold"};

	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++)
		if (type_is(p, value, waits[i], "nanoseconds"))
			return (int64_t)NSEC_PER_USEC;
	return 1;
}

static int lines_write(const struct folder *f, int64_t divisor, FILE *to)
{
	struct sort_key *keys = mem_array(f->lines.n, sizeof(*keys));
	int err = 0;

	for (size_t i = 0; i < f->lines.n; i++) {
		keys[i].text = intern_str(&f->texts, f->lines.at[i].text);
		keys[i].value = f->lines.at[i].value / divisor;
	}
	if (f->lines.n)
		qsort(keys, f->lines.n, sizeof(*keys), compare_keys);
	for (size_t i = 0; i < f->lines.n && !err; i++)
		if (keys[i].value &&
		    fprintf(to, "%s %" PRId64 "\n", keys[i].text, keys[i].value) < 0)
			err = errno ? -errno : -EIO;
	free(keys);
	return err;
}

int folded_write(const struct profile *p, const struct out_options *o, FILE *to)
{
	struct folder f = {.p = p, .comm_key = intern_find(&p->strings, "comm")};
	const struct profile_sample *s;
	int err;

	frames_name(&f);
	vec_each(s, &p->samples)
		sample_fold(&f, s, s->values[o->value]);
	err = lines_write(&f, divisor_of(p, o->value), to);
	frame_set_done(&f.frames);
	intern_done(&f.names);
	intern_done(&f.texts);
	vec_done(&f.lines);
	free(f.name_of);
	buf_done(&f.text);
	return err;
}
