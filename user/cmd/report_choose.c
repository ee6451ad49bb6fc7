// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/report_choose.h"

#include <errno.h>

#include "capture/reasons.h"
#include "model/lock_rank.h"
#include "model/profile.h"
#include "model/wakers.h"
#include "out/out.h"
#include "out/waits.h"
#include "util/log.h"

int report_choose_value(const struct report_choice *choice, const struct out_format *format,
			const struct profile *p, const char *path, uint32_t *ret_value)
{
	struct buf names = {0};
	uint32_t value;

	if (!choice->value) {
		*ret_value = format->default_value ? format->default_value(p) : p->default_type;
		return 0;
	}
	value = profile_find_type(p, choice->value);
	if (value != PROFILE_NONE) {
		*ret_value = value;
		return 0;
	}
	for (uint32_t i = 0; i < p->n_types; i++)
		buf_printf(&names, "%s%s", i ? ", " : "", profile_str(p, p->types[i].type));
	log_error("cannot show the value '%s' of %s: it has %s: choose one of these with --value",
		  choice->value, path, buf_str(&names));
	buf_done(&names);
	return -EINVAL;
}

static int run_filter(const struct filter *filter, struct profile **p)
{
	struct profile *chosen;
	struct buf why = {0};
	int err;

	if (filter_is_empty(filter))
		return 0;
	err = filter_run(filter, *p, &chosen, &why);
	if (err) {
		log_error(
			"cannot use the pattern of --%s: write a POSIX extended regular expression",
			buf_str(&why));
	} else {
		profile_free(*p);
		*p = chosen;
	}
	buf_done(&why);
	return err;
}

static void choose_waits(const struct report_choice *choice, struct profile **p, struct buf *note)
{
	uint32_t n;
	const struct ledger_reason *reasons = reasons_list(&n);
	unsigned int waits = choice->waits;
	struct profile *chosen;

	if (waits == REPORT_WAITS_DEFAULT)
		waits = choice->for_people && !choice->filter.n_reasons ? REPORT_WAITS_BUSY
									: REPORT_WAITS_ALL;
	if (waits == REPORT_WAITS_ALL || !waits_known(*p))
		return;
	chosen = waits_choose(*p, reasons, n, waits == REPORT_WAITS_IDLE, note);
	if (note->len)
		buf_puts(note, ": --waits all shows it");
	profile_free(*p);
	*p = chosen;
}

int report_choose(const struct report_choice *choice, const char *path, struct profile **p,
		  struct buf *note)
{
	bool had_any = (*p)->samples.n;
	int err = run_filter(&choice->filter, p);

	if (err)
		return err;
	if (had_any && !(*p)->samples.n)
		log_warn("no sample of %s matches what was asked for", path);
	if (!choice->locks || !lock_rank_known(*p))
		choose_waits(choice, p, note);
	if (choice->wakers && waits_known(*p)) {
		struct profile *wakers = wakers_profile(*p);

		profile_free(*p);
		*p = wakers;
	}
	return 0;
}
