/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_OUT_GZIP_H
#define HOSTPROF_OUT_GZIP_H
/* Whole gzip files in memory. Equal input gives equal output: no time, no name in the header. */
#include <stdbool.h>
#include <stddef.h>
#include "util/buf.h"

bool gzip_is(const void *data, size_t n);
int gzip_pack(const void *data, size_t n, struct buf *out);
/*
 * Behind what is in `out`. -ENODATA: ends too early; -EBADMSG: damaged, or something follows;
 * -EFBIG: more than `limit` bytes. `out` then holds a part.
 */
int gzip_unpack(const void *data, size_t n, size_t limit, struct buf *out);

#endif
