// SPDX-License-Identifier: GPL-2.0-or-later
#include "hook/sites.h"

void hook_sites_done(struct hook_sites *sites)
{
	vec_done(&sites->list);
}
