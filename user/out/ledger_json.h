/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_OUT_LEDGER_JSON_H
#define HOSTPROF_OUT_LEDGER_JSON_H
/*
 * ledger.json, schema 1: one line a thread, process and container, then the host. Written and
 * read row by row, so that a host with very many threads costs no more than its model.
 *
 * Beside the sums a row has `waits`, how often it waited (reasons without any are left out); a
 * thread has `process`, the position of its process; a process and a container have `cgroup_id`.
 *
 * What is read may come from anybody: its size, its rows and each row are limited below.
 */
#include <stdint.h>
#include <stdio.h>
#include "util/buf.h"

struct ledger;
struct ledger_reason;

#define LEDGER_JSON_MAX_FILE (512ull << 20) /* bytes */
#define LEDGER_JSON_MAX_ROW  (64u << 10)    /* bytes of one thread, process, container */

/* 0 or -errno. */
int ledger_json_write(const struct ledger *ledger, FILE *to);

/*
 * Reads a whole file from fd, which stays open. -EBADMSG: no ledger, damaged or truncated;
 * -EFBIG: beyond the limits; else -errno of read(2). `why` gets the reason, without the file's
 * name. Reasons that `reasons` does not have are added to the one called "other".
 */
int ledger_json_read(int fd, const struct ledger_reason *reasons, uint32_t n_reasons,
		     struct ledger **ret_ledger, struct buf *why);

#endif
