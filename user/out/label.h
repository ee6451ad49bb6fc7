/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_OUT_LABEL_H
#define HOSTPROF_OUT_LABEL_H
/*
 * Names as text for terminals and files. Names come from binaries and processes that anybody may
 * have made: they can hold bytes that are not UTF-8, or escape sequences that would steer a
 * terminal. Widths are columns: East Asian characters and emoji have two, combining ones none.
 */
#include <stdbool.h>
#include <stddef.h>
#include "util/buf.h"

#define LABEL_ELLIPSIS "\xe2\x80\xa6" /* one column */
#define LABEL_NO_NAME  "[unknown]"    /* of a process or thread whose name is empty */

/* Appends s as valid UTF-8: each byte that is not part of a character becomes U+FFFD. */
void label_utf8(struct buf *out, const char *s);
/* The same, with '?' for control characters. */
void label_clean(struct buf *out, const char *s);

/* Columns of valid UTF-8 text without escape sequences. */
size_t label_width(const char *s);
/* label_clean(), cut in the middle to at most `width` columns; width 0: whole. */
void label_fit(struct buf *out, const char *s, size_t width);
void label_pad(struct buf *out, size_t columns); /* spaces */
/* Pads what was added since the length `from` to `width` columns: on the left (numbers), right. */
void label_align_right(struct buf *out, size_t from, size_t width);
void label_align_left(struct buf *out, size_t from, size_t width);

/*
 * Appends cleaned text broken at spaces into lines of at most `columns` (0: one line), each behind
 * `indent` spaces, the first only when `first` is set; ends with a newline.
 */
void label_wrap(struct buf *out, const char *text, size_t indent, bool first, size_t columns);

#endif
