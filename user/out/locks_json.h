/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_OUT_LOCKS_JSON_H
#define HOSTPROF_OUT_LOCKS_JSON_H
/*
 * The locks of a recording as locks.json, schema 1, those waited for longest first.
 *
 * What is read may come from anybody: the file's size is limited here, the rows by model/locks.h.
 */
#include <stdint.h>
#include <stdio.h>
#include "util/buf.h"

#define LOCKS_FILE	    "locks.json"
#define LOCKS_JSON_MAX_FILE (64u << 20) /* bytes */

struct ledger_reason;
struct locks;

int locks_json_write(const struct locks *locks, FILE *to); /* 0 or -errno */

/*
 * The text of a whole file. -EBADMSG: not such a file, or damaged: `why` gets the reason, without
 * the file's name. Sums that do not add up are made to: what holders have beyond their lock's delay
 * is left out.
 */
int locks_json_read(const char *text, size_t size, const struct ledger_reason *reasons,
		    uint32_t n_reasons, struct locks **ret_locks, struct buf *why);

#endif
