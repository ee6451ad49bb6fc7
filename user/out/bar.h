/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_OUT_BAR_H
#define HOSTPROF_OUT_BAR_H
/* Bars of block characters for terminals. */
#include <stdbool.h>
#include <stddef.h>
#include "out/style.h"
#include "util/buf.h"

/* Told apart without colour, too. */
#define BAR_FULL   "█"
#define BAR_DARK   "▓"
#define BAR_MEDIUM "▒"

struct bar_part {
	double part; /* of the whole width, 0 to 1 */
	const char *block;
	enum style style;
};

/* Exact to an eighth of a column, and padded to `width`. */
void bar_print(struct buf *out, double part, size_t width);
/* Parts behind one another in whole columns, none longer than the width allows; not padded. */
void bar_stacked(struct buf *out, const struct bar_part *parts, size_t n, size_t width,
		 bool colour);

#endif
