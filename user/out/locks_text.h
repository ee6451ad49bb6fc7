/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_OUT_LOCKS_TEXT_H
#define HOSTPROF_OUT_LOCKS_TEXT_H
/* Locks as a table for people: those that were held while others waited, and by whom. */
#include "util/buf.h"

struct locks;
struct out_options;

/* At most `rows` of the options, behind what is in `out`; nothing when there is none. */
void locks_text(const struct locks *locks, const struct out_options *o, struct buf *out);

#endif
