// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/reasons.h"

#include "hostprof/ledger.h"
#include "model/ledger.h"

static const struct ledger_reason reasons[] = {
#define HP_REASON(id, name, what, idle) {name, what, idle},
#include "hostprof/reasons.def"
#undef HP_REASON
};
_Static_assert(HP_REASONS <= LEDGER_MAX_REASONS, "the model has room for all reasons");

const struct ledger_reason *reasons_list(uint32_t *ret_n)
{
	*ret_n = HP_REASONS;
	return reasons;
}
