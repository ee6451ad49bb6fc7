/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_CMD_LIST_BUILD_H
#define HOSTPROF_CMD_LIST_BUILD_H
/*
 * What `report --list` shows of one function: its source where that can be read (list_source.c),
 * else its instructions, else the addresses with samples (list_code.c). Private to report_list.c
 * and these two.
 *
 * Files are kept open from one function to the next: the last source file, and the last binary.
 */
#include <stdbool.h>
#include "model/listing.h"
#include "out/list.h"
#include "sym/code.h"
#include "sym/kallsyms.h"
#include "sym/source_text.h"

struct list_builder {
	const struct profile *p;
	const struct listing *listing;
	const char *source_path; /* or NULL */
	struct list *list;
	struct source_text source;
	const char *source_file; /* what `source` was looked for as; NULL: nothing yet */
	int source_err;
	struct code *code;     /* of code_mapping; NULL: code_why says why */
	uint32_t code_mapping; /* PROFILE_NONE: nothing yet */
	struct buf code_why;
	struct kallsyms kernel;
	bool kernel_tried, have_kernel; /* have_kernel: it is the recording's */
};

/* 0, or -errno: the source cannot be read, and nothing was added but a note why in `notes`. */
int list_source_add(struct list_builder *b, const struct listing_function *f,
		    struct list_part *part, struct buf *why);
/* Adds a block for each piece of code. `why_no_source` is a note for the first, or "". */
void list_code_add(struct list_builder *b, const struct listing_function *f, struct list_part *part,
		   const char *why_no_source);

/* The binary of a mapping, or NULL with code_why set. */
struct code *list_code_open(struct list_builder *b, uint32_t mapping);
void list_note(struct list_builder *b, struct list_block *block, const char *text);
void list_builder_done(struct list_builder *b);

#endif
