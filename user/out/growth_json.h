/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_OUT_GROWTH_JSON_H
#define HOSTPROF_OUT_GROWTH_JSON_H
/*
 * What processes were given by the kernel, as it stands in summary.json and in the page: bytes.
 * Only the processes that were given most have rows; the sums are of all, `others` of the rest.
 */
#include <jansson.h>
#include <stddef.h>

#define GROWTH_JSON_MAX_FILE (64u << 20) /* of the summary it stands in */

struct growth;

json_t *growth_json(const struct growth *growth, size_t most);
/*
 * From the text of a summary.json; the result's pages are bytes, and what has no row is in
 * `others`. 0; -EBADMSG: not such a file; -ENOENT: there is no growth in it.
 */
int growth_json_read(const char *text, size_t size, struct growth **ret_growth);

#endif
