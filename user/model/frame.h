/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_MODEL_FRAME_H
#define HOSTPROF_MODEL_FRAME_H
/*
 * What a frame is called, in one way for every output. A location stands for as many frames as it
 * has lines (inlined functions, innermost first), or for one frame without a name, which is called
 * "module+0xaddress". A module is the base name of a mapping's file, "[unknown]" without one.
 *
 * A frame_set gives equal frames equal numbers, so that adding up compares integers.
 */
#include "model/profile.h"
#include "util/buf.h"

#define FRAME_UNKNOWN "[unknown]"

/* Frames a location stands for; at least 1. */
static inline uint32_t frame_count(const struct profile *p, uint32_t location)
{
	uint32_t n = p->locations.at[location].n_lines;

	return n ? n : 1;
}

const char *frame_module(const struct profile *p, uint32_t location);
bool frame_is_kernel(const struct profile *p, uint32_t location);
/* The name of frame i of the location, or "" when it has none. */
const char *frame_function(const struct profile *p, uint32_t location, uint32_t i);
/* The name to show, behind what is in `out`; never empty. */
void frame_name(const struct profile *p, uint32_t location, uint32_t i, struct buf *out);

enum frame_by { FRAME_FUNCTION, FRAME_LINE, FRAME_MODULE };

struct frame {
	uint32_t name, module, file; /* in the set's `text`; file only by line */
	int64_t line;		     /* 0: unknown, or not by line */
	bool named, kernel;
};

struct frame_set {
	struct intern text;
	VEC(struct frame) at;
	struct hash_index index;
	uint32_t *first;  /* by location: where its frames are in `numbers` */
	uint32_t *number; /* of a frame, in `at` */
};

/* Numbers the frames of all locations. By module a location stands for one frame. */
void frame_set_init(struct frame_set *set, const struct profile *p, enum frame_by by);
void frame_set_done(struct frame_set *set);

static inline const uint32_t *frame_set_numbers(const struct frame_set *set, uint32_t location,
						uint32_t *ret_n)
{
	*ret_n = set->first[location + 1] - set->first[location];
	return set->number + set->first[location];
}

#endif
