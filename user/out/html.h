/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_OUT_HTML_H
#define HOSTPROF_OUT_HTML_H
/*
 * One page that holds everything: the viewer of user/web (put into the program at build time) and
 * the profiles, the ledger and memory, each a tab of its own. It works from a file, and asks nobody
 * for anything.
 *
 * The data (html_data.c) is JSON, packed with gzip and then base64: no name can leave it, and the
 * browser unpacks it. Stacks are a tree of calls with the outermost caller first, in which a
 * parent always comes before its children.
 */
#include <stddef.h>
#include <stdio.h>
#include "out/out.h"
#include "util/buf.h"

struct growth;
struct leaks;
struct filter;
struct ledger;
struct locks;
struct recording;

struct html_input {
	const struct out_part *parts;
	size_t n_parts;
	const struct recording *recording; /* for the header; NULL: the profiles' comments serve */
	const struct ledger *ledger;	   /* a tab of its own; NULL: none */
	const struct growth *growth;	   /* the two of the tab of memory; NULL: none */
	const struct leaks *leaks;
	const struct locks *locks;   /* sums beside a profile of locks; NULL: none */
	const struct filter *filter; /* what chose its samples; NULL: all */
	const char *version;	     /* of hostprof; may be NULL */
};

int html_write(const struct html_input *in, FILE *to);
/* The data alone, unpacked: behind what is in `out`. */
void html_data(const struct html_input *in, struct buf *out);

#endif
