/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_UTIL_ROFF_H
#define HOSTPROF_UTIL_ROFF_H
/*
 * Plain text as roff (the man macros): escapes, so that no word of ours is taken for a request.
 */
#include "util/buf.h"

void roff_text(struct buf *out, const char *text); /* inside a line; newlines become spaces */
void roff_line(struct buf *out, const char *text); /* a line of its own, with its newline */
/*
 * Paragraphs are split by empty lines. Lines that begin with a blank are shown as they stand: an
 * example. Each paragraph is opened by .PP.
 */
void roff_paragraphs(struct buf *out, const char *text);

#endif
