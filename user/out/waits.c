// SPDX-License-Identifier: GPL-2.0-or-later
#include "out/waits.h"

#include <string.h>

#include "model/filter.h"
#include "model/ledger.h"
#include "model/rank.h"
#include "out/scale.h"

bool waits_known(const struct profile *p)
{
	uint32_t key = intern_find(&p->strings, "reason");

	for (size_t i = 0; key != HASH_NONE && i < p->labels.n; i++)
		if (p->labels.at[i].key == key)
			return true;
	return false;
}

/* What the filter leaves out. */
static void note_hidden(const struct profile *p, const struct filter *filter, struct buf *note)
{
	struct rank *rank = rank_new(p, RANK_REASON, p->default_type);
	const char *unit = profile_str(p, p->types[p->default_type].unit);
	struct scale scale = scale_for(unit, rank->total);
	struct buf parts = {0};
	const struct rank_row *row;
	int64_t hidden = 0;

	vec_each(row, &rank->rows)
		for (size_t i = 0; i < filter->n_reasons; i++)
			if (!strcmp(row->label, filter->reasons[i])) {
				hidden = profile_sum(hidden, row->self);
				buf_printf(&parts, "%s%s ", parts.len ? ", " : "", row->label);
				scale_value(&scale, row->self, &parts);
			}
	if (hidden) {
		buf_puts(note, "left out: ");
		scale_value(&scale, hidden, note);
		buf_printf(note, " of waiting for work (%s)", buf_str(&parts));
	}
	buf_done(&parts);
	rank_free(rank);
}

struct profile *waits_choose(const struct profile *p, const struct ledger_reason *reasons,
			     uint32_t n_reasons, bool idle, struct buf *note)
{
	const char *names[LEDGER_MAX_REASONS];
	struct filter filter = {.reasons = names, .other_reasons = !idle};
	struct profile *chosen = NULL;
	struct buf why = {0};

	for (uint32_t i = 0; i < n_reasons; i++)
		if (reasons[i].idle)
			names[filter.n_reasons++] = reasons[i].name;
	if (!idle)
		note_hidden(p, &filter, note);
	filter_run(&filter, p, &chosen, &why); /* fails for expressions only */
	buf_done(&why);
	return chosen;
}
