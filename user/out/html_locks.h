/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_OUT_HTML_LOCKS_H
#define HOSTPROF_OUT_HTML_LOCKS_H
/*
 * Locks as data of the page: a row a lock, with what is known of it but for its stacks, which the
 * page takes from the profile's own samples. The locks waited for longest when there are very many.
 */
#include <stddef.h>
#include "util/buf.h"

#define HTML_LOCKS	  3000 /* rows */
#define HTML_LOCK_HOLDERS 12   /* of one; the others are told by their number and sum */
#define HTML_INVERSIONS	  100

struct filter;
struct locks;
struct profile;

/*
 * Behind what is in `out`. `tab`: the profile's position among the page's. `locks`: the sums of the
 * recording, `filter`: what chose the profile's samples; either may be NULL.
 */
void html_locks(const struct profile *p, size_t tab, const struct locks *locks,
		const struct filter *filter, struct buf *out);

#endif
