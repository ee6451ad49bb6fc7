/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_OUT_PPROF_H
#define HOSTPROF_OUT_PPROF_H
/*
 * pprof files: a protobuf message (out/pprof.proto), compressed with gzip when we write it and
 * either way when we read it. Equal profiles give equal bytes. What is read may come from
 * anybody: every index is checked, and memory is bounded by the limits below.
 */
#include <stdio.h>
#include "util/buf.h"

struct profile;

#define PPROF_MAX_FILE	 (256ull << 20) /* bytes, as found and uncompressed */
#define PPROF_MAX_MEMORY (1ull << 30)	/* bytes the decoded message may take */

int pprof_write(const struct profile *p, FILE *to);

/*
 * Reads a whole profile from fd, which stays open. -EBADMSG: not a pprof file, damaged or
 * truncated; -EFBIG: beyond the limits; else -errno of read(2). `why` gets the reason, without
 * the file's name.
 */
int pprof_read(int fd, struct profile **ret_profile, struct buf *why);
/* The same for bytes in memory. */
int pprof_decode(const void *data, size_t n, struct profile **ret_profile, struct buf *why);

#endif
