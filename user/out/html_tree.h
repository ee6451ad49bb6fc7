/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_OUT_HTML_TREE_H
#define HOSTPROF_OUT_HTML_TREE_H
/*
 * The samples of a profile by their place in one tree of calls, for the page: unlike
 * model/calltree it keeps every value and every label set, so that the page can filter. Node 0 is
 * the root; below it comes the process, where samples name one (label `comm`). A node's parent has
 * a smaller number. Samples of the same place and label set are one row.
 */
#include <stdbool.h>
#include <stdint.h>
#include "model/profile.h"
#include "out/frame_kind.h"

struct html_frame {
	uint32_t name, module, file; /* in the tree's `text` */
	enum frame_kind kind;
};

struct html_node {
	uint32_t parent, frame;
	bool inlined;
};

struct html_row {
	uint32_t node, label_set;
	int64_t values[PROFILE_MAX_VALUES];
};

struct html_tree {
	struct intern text;
	VEC(struct html_frame) frames; /* 0: the root */
	VEC(struct html_node) nodes;
	VEC(struct html_row) rows;
	struct hash_index by_frame, by_node, by_row;
};

struct html_tree *html_tree_new(const struct profile *p);
void html_tree_free(struct html_tree *t);

#endif
