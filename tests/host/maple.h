/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOST_MAPLE_H
#define HOST_MAPLE_H
/*
 * Builds a maple tree over sorted, disjoint mappings as the kernel lays it out: leaves of 16
 * slots, inner nodes of 10, gaps as empty slots, the last pivot of a node left out or set to the
 * node's maximum, nodes aligned to 256 bytes with their type in the pointer.
 */
#include "fake.h"

#define MAPLE_NODE_SIZE 256
#define MAPLE_LEAF_FILL 9 /* ranges a leaf: not full, so that unused pivots occur */
#define MAPLE_WIDE_FILL 7

struct maple_range { /* first to last, inclusive; vma NULL: a gap */
	__u64 first, last;
	void *vma;
};

static inline void *maple_node(size_t *n_nodes, void **nodes)
{
	void *node = aligned_alloc(MAPLE_NODE_SIZE, MAPLE_NODE_SIZE);

	memset(node, 0, MAPLE_NODE_SIZE);
	nodes[(*n_nodes)++] = node;
	return fake_kernel(node, MAPLE_NODE_SIZE);
}

static inline __u64 maple_encode(void *node, unsigned int type)
{
	return (__u64)node | type << MAPLE_TYPE_SHIFT | 2;
}

/* Groups `n` ranges into nodes of one level; the result replaces `ranges`. */
static inline size_t maple_level(struct maple_range *ranges, size_t n, bool leaf, size_t *n_nodes,
				 void **nodes)
{
	size_t fill = leaf ? MAPLE_LEAF_FILL : MAPLE_WIDE_FILL, made = 0;

	for (size_t i = 0; i < n; i += fill) {
		size_t in = n - i < fill ? n - i : fill;
		void *node = maple_node(n_nodes, nodes);
		struct maple_range_64 *range = node;
		struct maple_arange_64 *wide = node;

		/* The last pivot equals the node's maximum, or is left 0: both occur. */
		for (size_t slot = 0; slot < in; slot++) {
			bool last = slot + 1 == in && made % 2;

			(leaf ? range->pivot : wide->pivot)[slot] =
				last ? 0 : ranges[i + slot].last;
			(leaf ? range->slot : wide->slot)[slot] = ranges[i + slot].vma;
		}
		ranges[made++] = (struct maple_range){
			ranges[i].first, ranges[i + in - 1].last,
			(void *)maple_encode(node, leaf ? MAPLE_LEAF_64 : MAPLE_ARANGE_64)};
	}
	return made;
}

/* The tree over `n` ranges that together cover everything from 0 on; destroys `ranges`. */
static inline __u64 maple_build(struct maple_range *ranges, size_t n, size_t *n_nodes, void **nodes)
{
	bool leaf = true;

	do {
		n = maple_level(ranges, n, leaf, n_nodes, nodes);
		leaf = false;
	} while (n > 1);
	return (__u64)ranges[0].vma;
}

#endif
