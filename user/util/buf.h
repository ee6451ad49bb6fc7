/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_UTIL_BUF_H
#define HOSTPROF_UTIL_BUF_H
/*
 * A growing byte buffer. Zero-initialised is empty. `data` is NUL-terminated behind `len` as soon
 * as anything was added; it may be NULL before.
 */
#include <stddef.h>

struct buf {
	char *data;
	size_t len, cap;
};

void buf_add(struct buf *b, const void *bytes, size_t n);
void buf_puts(struct buf *b, const char *s);
void buf_putc(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_clear(struct buf *b); /* keeps the memory */
void buf_done(struct buf *b);
const char *buf_str(const struct buf *b); /* never NULL */

#endif
