/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_OUT_LIST_H
#define HOSTPROF_OUT_LIST_H
/*
 * Functions from the inside, as text and as JSON: each as blocks of rows, which are lines of
 * source, instructions, or bare addresses, with what was sampled on each. The command fills it;
 * nothing is read here. Texts may be any bytes: they are cleaned when they are printed.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include "util/intern.h"
#include "util/vec.h"

struct out_options;
struct profile;

#define LIST_MAX_COLUMNS 400 /* of a row's text; longer ones are cut */

enum list_form { LIST_SOURCE, LIST_CODE, LIST_ADDRESSES };

struct list_row {
	int64_t self, cumulative;
	uint64_t at;		     /* line number (0: unknown), or address */
	uint64_t skipped;	     /* not 0: stands for that many rows without samples */
	uint32_t text, target, file; /* in the list's texts; target and file: of instructions */
	uint32_t line;		     /* of an instruction; 0: unknown */
};

struct list_block {
	enum list_form form;
	uint32_t title;	     /* text: "inlined into main"; 0: none */
	uint64_t base;	     /* addresses: where the function begins; 0: unknown */
	VEC(uint32_t) notes; /* texts: what to know before reading on */
	VEC(struct list_row) rows;
};

struct list_part {		     /* a function */
	uint32_t name, module, file; /* texts */
	bool kernel;
	int64_t self, cumulative;
	VEC(struct list_block) blocks;
};

struct list {
	const struct profile *p; /* borrowed, as the pattern */
	const char *pattern;
	uint32_t value;
	int64_t total;
	size_t found; /* functions that matched; the parts can be fewer */
	VEC(struct list_part) parts;
	struct intern texts;
};

void list_done(struct list *l);

/* 0 or -errno; what stdio could not write may also show in ferror(to) later. */
int list_text_write(const struct list *l, const struct out_options *o, FILE *to);
int list_json_write(const struct list *l, FILE *to);

#endif
