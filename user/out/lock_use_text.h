/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_OUT_LOCK_USE_TEXT_H
#define HOSTPROF_OUT_LOCK_USE_TEXT_H
/* For people: the locks that were held longest, and those that were taken in both orders. */
#include "util/buf.h"

struct locks;
struct out_options;

/* At most `rows` of each, behind what is in `out`; nothing when their use was not counted. */
void lock_use_text(const struct locks *locks, const struct out_options *o, struct buf *out);
void lock_orders_text(const struct locks *locks, const struct out_options *o, struct buf *out);

#endif
