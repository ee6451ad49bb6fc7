// SPDX-License-Identifier: GPL-2.0-or-later
#include "out/summary.h"

#include <string.h>

#include "model/ledger.h"
#include "model/lock_rank.h"
#include "model/rank.h"
#include "model/recording.h"
#include "out/bar.h"
#include "out/label.h"
#include "out/ledger_text.h"
#include "out/locks_text.h"
#include "out/out.h"
#include "out/row_text.h"
#include "out/scale.h"
#include "out/style.h"
#include "out/waits.h"
#include "util/clock.h"

#define DEFAULT_COLUMNS 80
#define NARROWEST	40
#define DEFAULT_ROWS	10
#define MOST_PROCESSES	8
#define MOST_LOCKS	5
#define SIDE_BY_SIDE	160 /* columns from which two tables share the width */
#define GAP		2   /* columns between them */
#define INDENT		2
#define VALUE_WIDTH	11
#define ROOM_FOR_CPU	60 /* columns from which processes show their share of one CPU */
#define WIDEST_NAME	32 /* of a process */
#define WIDEST_BAR	60
#define NARROWEST_BAR	8

struct summary {
	const struct recording *r;
	size_t columns, rows;
	bool colour;
	struct buf out;
};

/* One line of a table that may stand beside another: its text, and how wide it looks. */
struct cell {
	struct buf text;
	size_t width;
};

static void cell_put(struct cell *cell, const struct summary *s, enum style style,
		     const struct buf *text)
{
	style_on(&cell->text, s->colour, style);
	buf_puts(&cell->text, buf_str(text));
	style_off(&cell->text, s->colour, style);
	cell->width += label_width(buf_str(text));
}

static struct cell title_cell(const struct summary *s, const char *title)
{
	struct cell cell = {0};
	struct buf text = {0};

	label_pad(&text, INDENT);
	buf_puts(&text, title);
	cell_put(&cell, s, STYLE_TITLE, &text);
	buf_done(&text);
	return cell;
}

static void heading_print(struct summary *s, const char *title)
{
	struct cell cell = title_cell(s, title);

	buf_puts(&s->out, buf_str(&cell.text));
	buf_putc(&s->out, '\n');
	buf_done(&cell.text);
}

/* --- the processes of a kind --- */

static bool is_cpu(const struct profile *p, uint32_t value)
{
	return !strcmp(profile_str(p, p->types[value].type), "cpu") &&
	       !strcmp(profile_str(p, p->types[value].unit), "nanoseconds");
}

struct processes {
	const struct rank *rank;
	struct scale scale;
	size_t name_width, bar_width;
	bool of_one_cpu; /* a column says how much of one CPU that was */
};

static void process_print(struct summary *s, const struct processes *table,
			  const struct rank_row *row)
{
	double percent = scale_percent(row->self, table->rank->total);
	double largest = (double)table->rank->rows.at[0].self;
	size_t from;

	label_pad(&s->out, INDENT);
	style_on(&s->out, s->colour, style_of_percent(percent));
	scale_percent_print(row->self, table->rank->total, &s->out);
	style_off(&s->out, s->colour, style_of_percent(percent));
	from = s->out.len;
	scale_value(&table->scale, row->self, &s->out);
	label_align_right(&s->out, from, VALUE_WIDTH);
	if (table->of_one_cpu) {
		from = s->out.len;
		scale_percent_print(row->self, (int64_t)s->r->duration_ns, &s->out);
		buf_puts(&s->out, " CPU");
		label_align_right(&s->out, from, VALUE_WIDTH + 2);
	}
	buf_puts(&s->out, "  ");
	from = s->out.len;
	label_fit(&s->out, row->label, table->name_width);
	label_align_left(&s->out, from, table->name_width);
	buf_puts(&s->out, "  ");
	bar_print(&s->out, largest > 0 ? (double)row->self / largest : 0, table->bar_width);
	while (s->out.len && s->out.data[s->out.len - 1] == ' ')
		s->out.data[--s->out.len] = '\0';
	buf_putc(&s->out, '\n');
}

static void rest_print(struct summary *s, const struct processes *table, size_t shown)
{
	size_t n = table->rank->rows.n - shown;
	int64_t rest = 0;
	size_t from;

	if (!n)
		return;
	for (size_t i = shown; i < table->rank->rows.n; i++)
		rest = profile_sum(rest, table->rank->rows.at[i].self);
	label_pad(&s->out, INDENT);
	scale_percent_print(rest, table->rank->total, &s->out);
	from = s->out.len;
	scale_value(&table->scale, rest, &s->out);
	label_align_right(&s->out, from, VALUE_WIDTH);
	if (table->of_one_cpu)
		label_pad(&s->out, VALUE_WIDTH + 2);
	buf_printf(&s->out, "  %zu more\n", n);
}

static void processes_print(struct summary *s, const struct profile *p, uint32_t value)
{
	struct rank *rank = rank_new(p, RANK_PROCESS, value);
	struct processes table = {.rank = rank,
				  .of_one_cpu = is_cpu(p, value) && s->columns >= ROOM_FOR_CPU};
	size_t shown = rank->rows.n < MOST_PROCESSES ? rank->rows.n : MOST_PROCESSES;
	size_t used = INDENT + 7 + VALUE_WIDTH + (table.of_one_cpu ? VALUE_WIDTH + 2 : 0) + 4;
	size_t left = s->columns > used ? s->columns - used : 0;

	table.scale = scale_for(profile_str(p, p->types[value].unit), rank->total);
	for (size_t i = 0; i < shown; i++) {
		size_t width = label_width(rank->rows.at[i].label);

		if (width > table.name_width)
			table.name_width = width;
	}
	if (table.name_width > WIDEST_NAME)
		table.name_width = WIDEST_NAME;
	if (table.name_width + NARROWEST_BAR > left)
		table.name_width = left > 2 * NARROWEST_BAR ? left - NARROWEST_BAR : NARROWEST_BAR;
	table.bar_width = left > table.name_width ? left - table.name_width : 0;
	if (table.bar_width > WIDEST_BAR)
		table.bar_width = WIDEST_BAR;
	for (size_t i = 0; i < shown; i++)
		process_print(s, &table, &rank->rows.at[i]);
	rest_print(s, &table, shown);
	rank_free(rank);
}

/* --- the functions of a kind --- */

static struct cell function_cell(const struct summary *s, const struct scale *scale, int64_t total,
				 const struct rank_row *row, bool cumulative, size_t width)
{
	int64_t n = cumulative ? row->cumulative : row->self;
	size_t name_width = width - INDENT - 7 - VALUE_WIDTH - 2;
	struct cell cell = {0};
	struct buf text = {0}, module = {0};
	size_t from;

	label_pad(&text, INDENT);
	scale_percent_print(n, total, &text);
	cell_put(&cell, s, style_of_percent(scale_percent(n, total)), &text);
	buf_clear(&text);
	from = text.len;
	scale_value(scale, n, &text);
	label_align_right(&text, from, VALUE_WIDTH);
	buf_puts(&text, "  ");
	cell_put(&cell, s, STYLE_PLAIN, &text);
	buf_clear(&text);
	row_text(row, name_width, &text, &module);
	cell_put(&cell, s, row->kernel ? STYLE_KERNEL : STYLE_PLAIN, &text);
	if (module.len) {
		buf_clear(&text);
		label_pad(&text, ROW_TEXT_GAP);
		buf_puts(&text, buf_str(&module));
		cell_put(&cell, s, STYLE_FAINT, &text);
	}
	buf_done(&module);
	buf_done(&text);
	return cell;
}

struct cells {
	VEC(struct cell) at;
};

static void functions_cells(const struct summary *s, struct rank *rank, const struct scale *scale,
			    bool cumulative, size_t width, struct cells *to)
{
	struct cell cell =
		title_cell(s, cumulative ? "top functions, cumulative" : "top functions, self");

	rank_sort(rank, cumulative);
	vec_push(&to->at, cell);
	for (size_t i = 0; i < rank->rows.n && i < s->rows; i++) {
		const struct rank_row *row = &rank->rows.at[i];

		if (!(cumulative ? row->cumulative : row->self))
			break;
		cell = function_cell(s, scale, rank->total, row, cumulative, width);
		vec_push(&to->at, cell);
	}
}

static void cells_print(struct summary *s, const struct cells *left, const struct cells *right,
			size_t width)
{
	size_t n = right && right->at.n > left->at.n ? right->at.n : left->at.n;

	for (size_t i = 0; i < n; i++) {
		size_t used = 0;

		if (i < left->at.n) {
			buf_puts(&s->out, buf_str(&left->at.at[i].text));
			used = left->at.at[i].width;
		}
		if (right && i < right->at.n) {
			label_pad(&s->out, used < width ? width + GAP - used : GAP);
			buf_puts(&s->out, buf_str(&right->at.at[i].text));
		}
		buf_putc(&s->out, '\n');
	}
}

static void cells_done(struct cells *cells)
{
	struct cell *cell;

	vec_each(cell, &cells->at)
		buf_done(&cell->text);
	vec_done(&cells->at);
}

static void functions_print(struct summary *s, const struct profile *p, uint32_t value)
{
	struct rank *rank = rank_new(p, RANK_FUNCTION, value);
	struct scale scale = scale_for(profile_str(p, p->types[value].unit), rank->total);
	bool beside = s->columns >= SIDE_BY_SIDE;
	size_t width = beside ? (s->columns - GAP) / 2 : s->columns;
	struct cells self = {0}, cumulative = {0};

	functions_cells(s, rank, &scale, false, width, &self);
	functions_cells(s, rank, &scale, true, width, &cumulative);
	if (beside) {
		cells_print(s, &self, &cumulative, width);
	} else {
		cells_print(s, &self, NULL, width);
		buf_putc(&s->out, '\n');
		cells_print(s, &cumulative, NULL, width);
	}
	cells_done(&self);
	cells_done(&cumulative);
	rank_free(rank);
}

/* --- the whole --- */

static void ledger_print(struct summary *s)
{
	struct out_options o = {.by = RANK_PROCESS,
				.rows = (uint32_t)s->rows,
				.columns = (unsigned int)s->columns,
				.colour = s->colour};

	if (!s->r->ledger)
		return;
	buf_putc(&s->out, '\n');
	ledger_text(s->r->ledger, NULL, &o, &s->out);
}

static void title_print(struct summary *s, const char *text)
{
	style_on(&s->out, s->colour, STYLE_TITLE);
	label_wrap(&s->out, text, 0, true, s->columns);
	style_off(&s->out, s->colour, STYLE_TITLE);
}

static void header_print(struct summary *s)
{
	const struct recording *r = s->r;
	struct buf text = {0};

	buf_printf(&text, "%s: %.1f s on %u CPU%s", r->target_text ? r->target_text : "recording",
		   (double)r->duration_ns / (double)NSEC_PER_SEC, r->n_cpus,
		   r->n_cpus == 1 ? "" : "s");
	if (r->kernel)
		buf_printf(&text, ", Linux %s", r->kernel);
	title_print(s, buf_str(&text));
	buf_done(&text);
}

static void kind_title(struct summary *s, const char *kind, const struct profile *p)
{
	uint32_t value = p->default_type;
	struct buf text = {0};

	buf_printf(&text, "%s: ", kind);
	scale_described(p, value, profile_total(p, value), &text);
	if (value) {
		buf_puts(&text, ", ");
		scale_described(p, 0, profile_total(p, 0), &text);
	}
	buf_putc(&s->out, '\n');
	title_print(s, buf_str(&text));
	buf_done(&text);
}

/* Locks say more than functions: who held them, doing what. */
static void locks_print(struct summary *s, const struct profile *p)
{
	struct out_options o = {
		.rows = MOST_LOCKS, .columns = (unsigned int)s->columns, .colour = s->colour};

	locks_text_top(p, s->r->locks, &o, &s->out);
}

static void profile_print(struct summary *s, const char *kind, const struct profile *p,
			  const struct buf *note)
{
	uint32_t value = p->default_type;

	kind_title(s, kind, p);
	if (note->len)
		label_wrap(&s->out, buf_str(note), INDENT, true, s->columns);
	if (!p->samples.n)
		return;
	heading_print(s, "processes");
	processes_print(s, p, value);
	buf_putc(&s->out, '\n');
	functions_print(s, p, value);
}

static void kind_print(struct summary *s, const struct recording_kind *kind)
{
	const struct ledger *ledger = s->r->ledger;
	struct profile *busy = NULL;
	struct buf note = {0};

	if (!kind->ok || !kind->profile || !kind->profile->n_types)
		return;
	if (ledger && waits_known(kind->profile))
		busy = waits_choose(kind->profile, ledger->reasons, ledger->n_reasons, false,
				    &note);
	if (lock_rank_known(kind->profile)) {
		kind_title(s, kind->name, busy ? busy : kind->profile);
		locks_print(s, kind->profile);
	} else {
		profile_print(s, kind->name, busy ? busy : kind->profile, &note);
	}
	profile_free(busy);
	buf_done(&note);
}

static void lines_print(struct summary *s, const char *const *files)
{
	const struct recording_kind *kind;
	struct buf line = {0};

	buf_putc(&s->out, '\n');
	vec_each(kind, &s->r->kinds) {
		buf_clear(&line);
		recording_loss_line(kind, &line);
		label_wrap(&s->out, buf_str(&line), INDENT, false, s->columns);
	}
	buf_clear(&line);
	recording_overhead_line(s->r, &line);
	label_wrap(&s->out, buf_str(&line), INDENT, false, s->columns);
	if (s->r->downloads.wanted) {
		buf_clear(&line);
		recording_downloads_line(s->r, &line);
		label_wrap(&s->out, buf_str(&line), INDENT, false, s->columns);
	}
	buf_done(&line);
	for (; files && *files; files++) {
		buf_puts(&s->out, "wrote ");
		label_clean(&s->out, *files);
		buf_putc(&s->out, '\n');
	}
}

void summary_write(const struct recording *r, const struct out_options *o, const char *const *files,
		   FILE *to)
{
	struct summary s = {.r = r, .columns = o->columns, .rows = o->rows, .colour = o->colour};
	const struct recording_kind *kind;

	if (!s.columns)
		s.columns = DEFAULT_COLUMNS;
	if (s.columns < NARROWEST)
		s.columns = NARROWEST;
	if (!s.rows)
		s.rows = DEFAULT_ROWS;
	header_print(&s);
	ledger_print(&s);
	vec_each(kind, &r->kinds)
		kind_print(&s, kind);
	lines_print(&s, files);
	fwrite(s.out.data, 1, s.out.len, to);
	buf_done(&s.out);
}
