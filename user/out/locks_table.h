/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_OUT_LOCKS_TABLE_H
#define HOSTPROF_OUT_LOCKS_TABLE_H
/*
 * What the tables of locks and of their holders share (out/locks_text): widths of columns, cells,
 * and lines of text below a row. A cell is aligned to its width, in columns of the terminal.
 */
#include "model/lock_rank.h"
#include "out/locks_text.h"
#include "out/out.h"
#include "out/style.h"

#define LOCKS_INDENT	2
#define LOCKS_DELAY	9 /* widths of columns, with the space in front */
#define LOCKS_SHARE	9
#define LOCKS_COUNT	10
#define LOCKS_TIME	9
#define LOCKS_GAP	2
#define LOCKS_EXPLAINED 10 /* rows that get a sentence: the first */

struct lock_table {
	const struct lock_rank *rank;
	const struct out_options *o;
	enum lock_waits waits;
	VEC(const struct lock_row *) rows; /* that are shown, or could be */
	int64_t total;
	bool counted;	 /* acquisitions and hold times are known */
	bool narrow;	 /* no room for shares and the longest wait */
	bool containers; /* there is room for their names */
	size_t shown, name, process;
	struct buf *out;
};

/* A dash when there is none. */
void lock_cell_time(struct lock_table *t, int64_t ns, enum style style, size_t width);
void lock_cell_count(struct lock_table *t, int64_t n, size_t width);
void lock_cell_share(struct lock_table *t, int64_t n);
void lock_cell_heading(struct lock_table *t, const char *title, size_t width);
void lock_cell_name(struct lock_table *t, const char *name, size_t width);
void lock_line_end(struct lock_table *t);
/* "mysqld (300) shop", behind what is in `out`. */
void lock_process(const struct lock_row *row, bool container, struct buf *out);
/* How wide the two columns of names may be, beside `fixed` others. */
void lock_names_fit(struct lock_table *t, size_t fixed, size_t name, size_t process);
/* A line of text, nothing when it is empty. */
void lock_line(struct lock_table *t, const struct buf *line, enum style style);
/* The sum of all rows, of which `shown` were shown. */
void lock_total(struct lock_table *t, size_t shown);

/* Writes the table of holders. */
void lock_holders_text(struct lock_table *t);

#endif
