// SPDX-License-Identifier: GPL-2.0-or-later
#include "out/list.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "model/profile.h"
#include "out/label.h"
#include "out/out.h"
#include "out/scale.h"
#include "out/style.h"

#define NUMBER_WIDTH  10
#define LINE_WIDTH    7
#define ADDRESS_WIDTH 17
#define TAB_WIDTH     8
#define CODE_WIDTH    40 /* of an instruction, in front of where it comes from */
#define NARROWEST     16 /* columns a text gets however narrow the terminal is */
#define INDENT	      2

struct printer {
	const struct list *l;
	const struct out_options *o;
	struct scale scale; /* of the function being printed */
	struct buf out;
};

void list_done(struct list *l)
{
	struct list_part *part;
	struct list_block *block;

	vec_each(part, &l->parts) {
		vec_each(block, &part->blocks) {
			vec_done(&block->notes);
			vec_done(&block->rows);
		}
		vec_done(&part->blocks);
	}
	vec_done(&l->parts);
	intern_done(&l->texts);
}

static const char *text_of(const struct printer *t, uint32_t text)
{
	return intern_str(&t->l->texts, text);
}

/* Clean text with tabs as spaces, cut on the right to `width` columns. */
static void put_fitted(struct buf *out, const char *s, size_t width)
{
	struct buf clean = {0};
	size_t columns = 0;
	const char *at;

	for (; *s && columns <= width; s += *s == '\t') {
		size_t n = strcspn(s, "\t");
		struct buf piece = {0};

		buf_add(&piece, s, n);
		label_clean(&clean, buf_str(&piece));
		columns = label_width(buf_str(&clean));
		buf_done(&piece);
		s += n;
		if (*s == '\t')
			label_pad(&clean, TAB_WIDTH - columns % TAB_WIDTH);
		columns = label_width(buf_str(&clean));
	}
	at = buf_str(&clean);
	if (columns > width) {
		for (columns = 0; *at; at++)
			if ((*at & 0xc0) != 0x80 && ++columns == width)
				break;
		buf_add(out, buf_str(&clean), (size_t)(at - buf_str(&clean)));
		buf_puts(out, LABEL_ELLIPSIS);
	} else {
		buf_puts(out, at);
	}
	buf_done(&clean);
}

static size_t columns_left(const struct printer *t, size_t used)
{
	if (!t->o->columns)
		return LIST_MAX_COLUMNS;
	return t->o->columns > used + NARROWEST ? t->o->columns - used : NARROWEST;
}

static void put_number(struct printer *t, int64_t value)
{
	enum style style = style_of_percent(scale_percent(value, t->l->total));
	size_t from = t->out.len;

	if (!value) {
		buf_putc(&t->out, '.');
		label_align_right(&t->out, from, NUMBER_WIDTH);
		return;
	}
	style_on(&t->out, t->o->colour, style);
	from = t->out.len;
	scale_number(&t->scale, value, &t->out);
	label_align_right(&t->out, from, NUMBER_WIDTH);
	style_off(&t->out, t->o->colour, style);
}

static void put_heading(struct printer *t, enum list_form form)
{
	const char *names[] = {"self", "cum"};

	style_on(&t->out, t->o->colour, STYLE_FAINT);
	for (int i = 0; i < 2; i++) {
		size_t from = t->out.len;

		buf_puts(&t->out, names[i]);
		if (*t->scale.unit) {
			buf_putc(&t->out, ' ');
			label_clean(&t->out, t->scale.unit);
		}
		label_align_right(&t->out, from, NUMBER_WIDTH + (size_t)i);
	}
	buf_printf(&t->out, " %*s", form == LIST_SOURCE ? LINE_WIDTH : ADDRESS_WIDTH,
		   form == LIST_SOURCE ? "line" : "address");
	style_off(&t->out, t->o->colour, STYLE_FAINT);
	buf_putc(&t->out, '\n');
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* "; hot.c:12", when it is not that of the row before. */
static void put_place(struct printer *t, const struct list_row *row, const struct list_row *before,
		      size_t column, struct buf *out)
{
	if (!row->file || (before && before->file == row->file && before->line == row->line))
		return;
	label_align_left(out, 0, column);
	buf_printf(out, "%s; %s", out->len ? "  " : "", base_name(text_of(t, row->file)));
	if (row->line)
		buf_printf(out, ":%" PRIu32, row->line);
}

/* "call 0x1040 <malloc@plt>", or of an address alone "+0x12". */
static void put_code(struct printer *t, const struct list_block *block, size_t i, size_t width)
{
	const struct list_row *row = &block->rows.at[i];
	bool is_code = block->form == LIST_CODE;
	struct buf text = {0};

	buf_puts(&text, text_of(t, row->text));
	if (row->target)
		buf_printf(&text, " <%s>", text_of(t, row->target));
	if (!is_code && block->base && row->at >= block->base)
		buf_printf(&text, "+0x%" PRIx64, row->at - block->base);
	put_place(t, row, is_code && i ? &row[-1] : NULL, is_code ? CODE_WIDTH : 0, &text);
	put_fitted(&t->out, buf_str(&text), width);
	buf_done(&text);
}

static void put_position(struct printer *t, enum list_form form, const struct list_row *row)
{
	if (form != LIST_SOURCE)
		buf_printf(&t->out, " %*" PRIx64, ADDRESS_WIDTH, row->at);
	else if (row->at)
		buf_printf(&t->out, " %*" PRIu64, LINE_WIDTH, row->at);
	else
		buf_printf(&t->out, " %*s", LINE_WIDTH, "?");
}

static void put_row(struct printer *t, const struct list_block *block, size_t i)
{
	const struct list_row *row = &block->rows.at[i];
	size_t position = block->form == LIST_SOURCE ? LINE_WIDTH : ADDRESS_WIDTH;
	size_t used = 2 * NUMBER_WIDTH + 1 + 1 + position + 2;

	if (row->skipped) {
		label_pad(&t->out, used);
		buf_printf(&t->out, "... %" PRIu64 " %s without samples\n", row->skipped,
			   block->form == LIST_SOURCE ? "lines" : "instructions");
		return;
	}
	put_number(t, row->self);
	buf_putc(&t->out, ' ');
	put_number(t, row->cumulative);
	put_position(t, block->form, row);
	buf_puts(&t->out, "  ");
	if (block->form == LIST_SOURCE)
		put_fitted(&t->out, text_of(t, row->text), columns_left(t, used));
	else
		put_code(t, block, i, columns_left(t, used));
	while (t->out.len && t->out.data[t->out.len - 1] == ' ')
		t->out.data[--t->out.len] = '\0';
	buf_putc(&t->out, '\n');
}

static void put_block(struct printer *t, const struct list_block *block)
{
	const uint32_t *note;

	if (block->title) {
		label_pad(&t->out, INDENT);
		label_clean(&t->out, text_of(t, block->title));
		buf_putc(&t->out, '\n');
	}
	vec_each(note, &block->notes)
		label_wrap(&t->out, text_of(t, *note), INDENT, true, t->o->columns);
	if (!block->rows.n)
		return;
	put_heading(t, block->form);
	for (size_t i = 0; i < block->rows.n; i++)
		put_row(t, block, i);
}

static void put_share(struct printer *t, const char *what, int64_t value)
{
	buf_printf(&t->out, "%s ", what);
	scale_value(&t->scale, value, &t->out);
	buf_printf(&t->out, " (%.1f %%)", scale_percent(value, t->l->total));
}

static void put_part(struct printer *t, const struct list_part *part)
{
	const char *module = part->kernel ? "[kernel]" : text_of(t, part->module);
	const char *unit = profile_str(t->l->p, t->l->p->types[t->l->value].unit);
	const struct list_block *block;
	bool bracket = *module != '[';

	t->scale = scale_for(unit, part->cumulative ? part->cumulative : part->self);
	buf_putc(&t->out, '\n');
	style_on(&t->out, t->o->colour, STYLE_TITLE);
	label_clean(&t->out, text_of(t, part->name));
	style_off(&t->out, t->o->colour, STYLE_TITLE);
	buf_puts(&t->out, bracket ? "  [" : "  ");
	label_clean(&t->out, module);
	buf_puts(&t->out, bracket ? "]" : "");
	if (part->file) {
		buf_puts(&t->out, "  ");
		label_clean(&t->out, text_of(t, part->file));
	}
	buf_putc(&t->out, '\n');
	label_pad(&t->out, INDENT);
	put_share(t, "self", part->self);
	put_share(t, ", cumulative", part->cumulative);
	buf_putc(&t->out, '\n');
	vec_each(block, &part->blocks)
		put_block(t, block);
}

int list_text_write(const struct list *l, const struct out_options *o, FILE *to)
{
	struct printer t = {.l = l, .o = o};
	const struct list_part *part;
	int err = 0;

	buf_puts(&t.out, "total ");
	scale_described(l->p, l->value, l->total, &t.out);
	buf_printf(&t.out, "; %zu function%s", l->found,
		   l->found == 1 ? " matches '" : "s match '");
	label_clean(&t.out, l->pattern);
	buf_putc(&t.out, '\'');
	if (l->parts.n < l->found)
		buf_printf(&t.out, ", %zu shown", l->parts.n);
	buf_putc(&t.out, '\n');
	vec_each(part, &l->parts)
		put_part(&t, part);
	if (fwrite(t.out.data, 1, t.out.len, to) != t.out.len)
		err = errno ? -errno : -EIO;
	buf_done(&t.out);
	return err;
}
