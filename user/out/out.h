/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_OUT_OUT_H
#define HOSTPROF_OUT_OUT_H
/*
 * Model in, bytes out. One file a format; outs.c lists them. Writers only format: choosing samples
 * is model/filter's, adding them up is model/rank's.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include "model/rank.h"

struct growth;
struct leaks;
struct filter;
struct ledger;
struct locks;
struct profile;

struct out_options {
	enum rank_by by;      /* rows of text and json */
	uint32_t rows;	      /* at most that many; 0: all */
	bool cumulative;      /* sort by cumulative instead of self */
	uint32_t value;	      /* index of the sample type shown */
	unsigned int columns; /* width of the terminal, or 0 when there is none: full names */
	bool colour;
	const char *version; /* of hostprof, for files that name their maker; NULL: left out */
	const struct ledger *ledger; /* of the same recording, for pages; NULL: none */
	const struct growth *growth; /* the same */
	const struct leaks *leaks;   /* the same */
	const struct locks *locks;   /* the same, of profiles of locks */
	const struct filter *filter; /* what chose the samples, for those; NULL: all */
};

/* One profile of several that share an output. */
struct out_part {
	const char *kind;     /* "cpu", or "" when unknown */
	const char *question; /* "what burns CPU", or "" */
	const struct profile *profile;
	uint32_t value; /* index of the sample type shown */
};

struct out_format {
	const char *name; /* "text" */
	bool binary;	  /* refuses to write to a terminal */
	bool many;	  /* several profiles can stand below one another */
	/* The value shown when none was asked for; NULL: the profile's default. */
	uint32_t (*default_value)(const struct profile *p);
	/* 0 or -errno; what stdio could not write may also show in ferror(to) later. */
	int (*write)(const struct profile *p, const struct out_options *o, FILE *to);
	/* Several profiles in one file, where the format can; else NULL. `o->value` is not used. */
	int (*write_parts)(const struct out_part *parts, size_t n, const struct out_options *o,
			   FILE *to);
};

/* How a list of words is written in an option's table: all formats, in the order of outs_at(). */
#define OUT_FORMAT_WORDS "text|tree|json|folded|html|svg|speedscope|pprof"

const struct out_format *outs_find(const char *name);
const struct out_format *outs_at(unsigned int i); /* NULL past the last */

#endif
