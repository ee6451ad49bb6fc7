/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_SYM_SOURCE_TEXT_H
#define HOSTPROF_SYM_SOURCE_TEXT_H
/*
 * Source files by the names that debugging information gives them, as lines. A binary can name any
 * file: only regular files of real file systems are read (never /proc, /sys or FUSE, no device,
 * no pipe), and none beyond the limit.
 */
#include <stddef.h>
#include <stdint.h>
#include "util/buf.h"
#include "util/vec.h"

#define SOURCE_TEXT_MAX_BYTES (16u << 20)

struct source_text {
	struct buf bytes;
	VEC(uint32_t) starts; /* of each line, in bytes */
	int64_t time_ns;      /* last changed, since the epoch */
	char *path;	      /* where it was found */
};

/*
 * Looks below `folder` (NULL: none) for `file`, then for what is left of it without its first
 * folder, its first two, and so on; then where `file` itself says: relative names below the
 * current folder. 0; -ENOENT: nowhere; -EINVAL: not a regular file; -ENOTSUP: on a file system
 * that is not read; -EFBIG; -errno. Of several reasons the last one.
 */
int source_text_read(const char *folder, const char *file, struct source_text *ret_text);
void source_text_done(struct source_text *t);

/* Appends line `number`, from 1, without its end, NUL bytes replaced by U+FFFD. */
void source_text_line(const struct source_text *t, size_t number, struct buf *out);

#endif
