/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_OUT_HTML_LEDGER_H
#define HOSTPROF_OUT_HTML_LEDGER_H
/*
 * The ledger for the page: one object of JSON, columns of numbers like the profiles. Of very many
 * threads and processes only the most active have rows; the page shows what is left of a sum as
 * one row, and says how many that are.
 */
#include "util/buf.h"

#define HTML_LEDGER_THREADS   20000
#define HTML_LEDGER_PROCESSES 10000

struct ledger;

void html_ledger(const struct ledger *ledger, struct buf *out);

#endif
