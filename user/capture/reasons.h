/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_CAPTURE_REASONS_H
#define HOSTPROF_CAPTURE_REASONS_H
/* The reasons to wait of reasons.def as the model has them, by their number on the wire. */
#include <stdint.h>

struct ledger_reason;

const struct ledger_reason *reasons_list(uint32_t *ret_n);

#endif
