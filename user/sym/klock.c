// SPDX-License-Identifier: GPL-2.0-or-later
#include "sym/klock.h"

#include <stddef.h>
#include <string.h>

#include "model/profile.h"

/* How the names of the kernel's locking functions begin, since 5.19. */
static const char *const prefixes[] = {
	"__down_",
	"__mutex_",
	"__percpu_",
	"__pv_queued_spin_",
	"__raw_read_",
	"__raw_spin_",
	"__raw_write_",
	"__rt_mutex_",
	"__ww_mutex_",
	"_raw_read_",
	"_raw_spin_",
	"_raw_write_",
	"do_raw_",
	"down_killable",
	"down_read",
	"down_write",
	"mutex_lock",
	"mutex_optimistic_spin",
	"native_queued_spin_",
	"osq_lock",
	"percpu_down_",
	"percpu_rwsem_",
	"queued_read_lock",
	"queued_spin_lock",
	"queued_write_lock",
	"raw_res_spin_",
	"resilient_queued_spin_",
	"rt_mutex_",
	"rt_read_lock",
	"rt_spin_lock",
	"rt_write_lock",
	"rtlock_",
	"rwbase_",
	"rwsem_",
	"ww_mutex_lock",
};

bool klock_is_lock(const char *function)
{
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (!strncmp(function, prefixes[i], strlen(prefixes[i])))
			return true;
	return false;
}

const char *klock_taker(const struct profile *p, uint32_t stack)
{
	const struct profile_span *span = &p->stacks.at[stack];
	bool lock = false;

	for (uint32_t i = 0; i < span->n; i++) {
		const struct profile_location *l = &p->locations.at[p->frames.at[span->first + i]];

		for (uint32_t line = 0; line < l->n_lines; line++) {
			const struct profile_line *at = &p->lines.at[l->first_line + line];
			const char *name =
				profile_str(p, p->functions.at[at->function].system_name);

			if (!klock_is_lock(name))
				return lock ? name : NULL;
			lock = true;
		}
		if (!l->n_lines)
			return NULL;
	}
	return NULL;
}
