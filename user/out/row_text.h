/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_OUT_ROW_TEXT_H
#define HOSTPROF_OUT_ROW_TEXT_H
/* How tables of functions show one row: "name  [module]", the kernel as "[kernel]". */
#include "model/rank.h"
#include "util/buf.h"

#define ROW_TEXT_GAP 2 /* columns between name and module */

/*
 * Fills two empty buffers with clean text that, with the gap, takes at most `width` columns (0: no
 * limit). The module stays empty for rows that are no functions, and for frames without a name,
 * which have it in their label.
 */
void row_text(const struct rank_row *row, size_t width, struct buf *name, struct buf *module);

#endif
