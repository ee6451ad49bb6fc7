/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_OUT_LEDGER_TEXT_H
#define HOSTPROF_OUT_LEDGER_TEXT_H
/*
 * The ledger for people: a table of processes, threads or containers, those that did or suffered
 * most on top (model/ledger_rank), and what it comes to in all. Waiting that is in nobody's way
 * stands in brackets, and is in no bar.
 *
 * Of the options it uses by, rows (0: all), columns (0: as wide as it gets) and colour.
 */
#include <stdio.h>
#include "util/buf.h"

struct filter;
struct ledger;
struct out_options;

/* `filter` may be NULL. 0 or -errno. */
int ledger_text_write(const struct ledger *ledger, const struct filter *filter,
		      const struct out_options *o, FILE *to);
/* The same, behind what is in `out`. */
void ledger_text(const struct ledger *ledger, const struct filter *filter,
		 const struct out_options *o, struct buf *out);

#endif
