/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_OUT_WAITS_H
#define HOSTPROF_OUT_WAITS_H
/* Waits for work told apart from waits for what is in the way, by the samples' label `reason`. */
#include <stdbool.h>
#include <stdint.h>
#include "util/buf.h"

struct ledger_reason;
struct profile;

/* Is it a profile of waits? */
bool waits_known(const struct profile *p);
/*
 * A new profile without waits for work, or of nothing else (`idle`). `note` gets a line about what
 * was left out for want of trouble: "left out: 84.5 s of waiting for work (poll 48.5 s, ...)".
 */
struct profile *waits_choose(const struct profile *p, const struct ledger_reason *reasons,
			     uint32_t n_reasons, bool idle, struct buf *note);

#endif
